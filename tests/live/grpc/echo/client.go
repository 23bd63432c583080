package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	text "google.golang.org/protobuf/types/known/wrapperspb"
)

// A plan is explained in plan.ts.
type plan struct {
	Gzip, AtOnce bool
	Calls        []planned
}

type planned struct {
	Method      string
	Messages    []string
	InTurn      bool
	DeadlineMs  int
	CancelAfter *int
}

// A sight is what the client saw of a call.
type sight struct {
	Code    int    `json:"code"`
	Text    string `json:"text"`
	Answers int    `json:"answers"`
}

func connect(address string) *grpc.ClientConn {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	return connection
}

func call(address, path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var plan plan
	if err := json.Unmarshal(content, &plan); err != nil {
		log.Fatal(err)
	}
	connection := connect(address)
	all := make([]sight, len(plan.Calls))
	var running sync.WaitGroup
	for i := range plan.Calls {
		running.Add(1)
		go func(i int) {
			defer running.Done()
			all[i] = plan.Calls[i].do(connection, i, plan.Gzip)
		}(i)
		if !plan.AtOnce {
			running.Wait()
		}
	}
	running.Wait()
	connection.Close()
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		log.Fatal(err)
	}
}

func (call planned) do(connection *grpc.ClientConn, number int, compress bool) (seen sight) {
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(context.Background(),
		"number", strconv.Itoa(number), "bytes-bin", "\xff\x00", "authorization", "Bearer secret"))
	defer cancel()
	if call.DeadlineMs > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(call.DeadlineMs)*time.Millisecond)
		defer cancel()
	}
	var options []grpc.CallOption
	if compress {
		options = append(options, grpc.UseCompressor(gzip.Name))
	}
	path := call.Method
	if !strings.HasPrefix(path, "/") {
		path = "/live.Echo/" + path
	}
	// Where one message is sent, the library ends the request with it. All answers are read as a stream.
	many := call.Method == "ClientStream" || call.Method == "Bidi"
	description := grpc.StreamDesc{ClientStreams: many, ServerStreams: true}
	stream, err := connection.NewStream(ctx, &description, path, options...)
	receive := func() {
		if err = stream.RecvMsg(&text.StringValue{}); err == nil {
			seen.Answers++
		}
	}
	for i := 0; err == nil && i < len(call.Messages); i++ {
		// A failure to send is explained by what is received.
		_ = stream.SendMsg(text.String(call.Messages[i]))
		if call.InTurn {
			receive()
		}
	}
	if call.CancelAfter == nil && err == nil {
		_ = stream.CloseSend()
	} else if call.CancelAfter != nil && *call.CancelAfter == 0 {
		time.AfterFunc(300*time.Millisecond, cancel)
	}
	for err == nil {
		if receive(); call.CancelAfter != nil && seen.Answers == *call.CancelAfter {
			cancel()
		}
	}
	if err != io.EOF {
		seen.Code, seen.Text = int(status.Code(err)), status.Convert(err).Message()
	}
	return seen
}

// load makes the calls of each connection in 25 rows; their numbers differ over all connections.
func load(address string, connections, calls int, message string) {
	const rows = 25
	var answered atomic.Int64
	var running sync.WaitGroup
	for c := 0; c < connections; c++ {
		connection := connect(address)
		for row := 0; row < rows; row++ {
			running.Add(1)
			go func(first, end int) {
				defer running.Done()
				for number := first; number < end; number += rows {
					call := planned{Method: "Unary", Messages: []string{message}}
					if seen := call.do(connection, number, false); seen.Code == 0 && seen.Answers == 1 {
						answered.Add(1)
					}
				}
			}(c*calls+row, (c+1)*calls)
		}
	}
	running.Wait()
	fmt.Println(answered.Load())
}
