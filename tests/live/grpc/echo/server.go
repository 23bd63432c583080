package main

import (
	"io"
	"log"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	text "google.golang.org/protobuf/types/known/wrapperspb"
)

// A call that its client is to end is not answered, or not ended, in this time.
const silence = 5 * time.Second

var description = grpc.ServiceDesc{
	ServiceName: "live.Echo",
	HandlerType: (*any)(nil),
	Streams: []grpc.StreamDesc{
		{StreamName: "Unary", Handler: handle(once)},
		{StreamName: "ServerStream", Handler: handle(threeTimes), ServerStreams: true},
		{StreamName: "ClientStream", Handler: handle(joined), ClientStreams: true},
		{StreamName: "Bidi", Handler: handle(each), ClientStreams: true, ServerStreams: true},
	},
}

func serve(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	server.RegisterService(&description, nil)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	log.Fatal(server.Serve(listener))
}

// handle ends a call that went well with a trailer of its own.
func handle(answer func(grpc.ServerStream) error) grpc.StreamHandler {
	return func(_ any, stream grpc.ServerStream) error {
		if err := answer(stream); err != nil {
			return err
		}
		stream.SetTrailer(metadata.Pairs("end-bin", "\x00\x01"))
		return nil
	}
}

// receive gives the next text, or the trouble that it asks for.
func receive(stream grpc.ServerStream) (string, error) {
	var message text.StringValue
	if err := stream.RecvMsg(&message); err != nil {
		return "", err
	}
	switch message.Value {
	case "fail":
		return "", status.Error(codes.NotFound, "no such echo: ä/%")
	case "wait":
		time.Sleep(silence)
	}
	return message.Value, nil
}

// send gives an answer, with the number of the call beside the first: so a pair can be told from a wrong one.
func send(stream grpc.ServerStream, value string) error {
	asked, _ := metadata.FromIncomingContext(stream.Context())
	_ = stream.SetHeader(metadata.MD{"number": asked["number"]}) // fails once it was sent
	return stream.SendMsg(text.String(value))
}

func once(stream grpc.ServerStream) error {
	value, err := receive(stream)
	if err != nil {
		return err
	}
	return send(stream, value)
}

func threeTimes(stream grpc.ServerStream) error {
	value, err := receive(stream)
	for i := 0; err == nil && i < 3; i++ {
		err = send(stream, value)
		if err == nil && value == "fail later" {
			err = status.Error(codes.DataLoss, "after the first message")
		}
	}
	return err
}

func joined(stream grpc.ServerStream) error {
	var all []string
	for {
		value, err := receive(stream)
		if err == io.EOF {
			return send(stream, strings.Join(all, ","))
		} else if err != nil {
			return err
		}
		all = append(all, value)
	}
}

func each(stream grpc.ServerStream) error {
	for {
		value, err := receive(stream)
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := send(stream, value); err != nil {
			return err
		}
		if value == "then wait" {
			time.Sleep(silence)
		}
	}
}
