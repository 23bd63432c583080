package main

import (
	"errors"
	"io"
	"net"
	"syscall"

	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/x/mongo/driver/wiremessage"
)

// serve hands a client's requests on to FerretDB, one after another, and adds what FerretDB lacks:
//   - OP_COMPRESSED: what is compressed is answered in the same compressor, and hello agrees to what the client offers;
//   - requests with the flag moreToCome (w: 0) are not answered;
//   - exhaust cursors: a getMore with the flag exhaustAllowed is answered until its cursor is at its end.
//
// https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md
func serve(client, server net.Conn) error {
	for {
		request, err := read(client)
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
				return nil
			}
			return err
		}
		if err := answer(client, server, request); err != nil {
			return err
		}
	}
}

func answer(client, server net.Conn, request message) error {
	flags, compressor := request.flags(), request.compressor
	request.compressor = wiremessage.CompressorNoOp
	request.setFlags(flags &^ (wiremessage.MoreToCome | wiremessage.ExhaustAllowed))
	for {
		if err := request.write(server); err != nil {
			return err
		}
		reply, err := read(server)
		if err != nil {
			return err
		}
		if flags&wiremessage.MoreToCome != 0 {
			return nil
		}
		agree(request, &reply)
		isExhausting := flags&wiremessage.ExhaustAllowed != 0 && isOpenCursor(request, reply)
		if isExhausting {
			reply.setFlags(reply.flags() | wiremessage.MoreToCome)
		}
		reply.compressor = compressor
		if err := reply.write(client); err != nil || !isExhausting {
			return err
		}
		request.id = reply.id // the next reply says that it responds to this one
	}
}

// agree adds the compressors that the client offers to the reply to its hello.
func agree(request message, reply *message) {
	command := request.document()
	first, err := command.IndexErr(0)
	if err != nil {
		return
	}
	switch first.Key() {
	case "hello", "ismaster", "isMaster":
	default:
		return
	}
	offer, err := command.LookupErr("compression")
	if err != nil {
		return
	}
	document := reply.document()
	if document == nil {
		return
	}
	elements, _ := document.Elements()
	agreed := bsoncore.NewDocumentBuilder()
	for _, element := range elements {
		agreed.AppendValue(element.Key(), element.Value())
	}
	reply.setDocument(agreed.AppendValue("compression", offer).Build())
}

// isOpenCursor tells whether a getMore left something for another one.
func isOpenCursor(request, reply message) bool {
	if _, err := request.document().LookupErr("getMore"); err != nil {
		return false
	}
	id, err := reply.document().LookupErr("cursor", "id")
	return err == nil && id.AsInt64() != 0
}
