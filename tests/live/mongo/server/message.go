package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/x/mongo/driver"
	"go.mongodb.org/mongo-driver/x/mongo/driver/wiremessage"
)

const headerBytes, maxBytes = 16, 48_000_000

// message is what follows the header of a wire message, unpacked.
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
type message struct {
	id, responseTo int32
	opCode         wiremessage.OpCode
	compressor     wiremessage.CompressorID
	body           []byte
}

func read(from io.Reader) (m message, err error) {
	var header [headerBytes]byte
	if _, err = io.ReadFull(from, header[:]); err != nil {
		return m, err
	}
	length, id, responseTo, opCode, _, _ := wiremessage.ReadHeader(header[:])
	if length < headerBytes || length > maxBytes {
		return m, fmt.Errorf("a message of %d bytes", length)
	}
	m = message{id: id, responseTo: responseTo, opCode: opCode, body: make([]byte, length-headerBytes)}
	if _, err = io.ReadFull(from, m.body); err != nil || opCode != wiremessage.OpCompressed {
		return m, err
	}
	return m, m.unpack()
}

// unpack reads | original opcode, 4 | uncompressed size, 4 | compressor, 1 | compressed message.
func (m *message) unpack() (err error) {
	if len(m.body) < 9 {
		return fmt.Errorf("a compressed message of %d bytes", len(m.body))
	}
	m.opCode = wiremessage.OpCode(binary.LittleEndian.Uint32(m.body))
	m.compressor = wiremessage.CompressorID(m.body[8])
	m.body, err = driver.DecompressPayload(m.body[9:], driver.CompressionOpts{
		Compressor:       m.compressor,
		UncompressedSize: int32(binary.LittleEndian.Uint32(m.body[4:])),
	})
	return err
}

func (m message) write(to io.Writer) error {
	opCode, body := m.opCode, m.body
	if m.compressor != wiremessage.CompressorNoOp {
		packed, err := driver.CompressPayload(m.body, driver.CompressionOpts{
			Compressor: m.compressor,
			ZlibLevel:  wiremessage.DefaultZlibLevel,
			ZstdLevel:  wiremessage.DefaultZstdLevel,
		})
		if err != nil {
			return err
		}
		opCode = wiremessage.OpCompressed
		body = wiremessage.AppendCompressedOriginalOpCode(nil, m.opCode)
		body = wiremessage.AppendCompressedUncompressedSize(body, int32(len(m.body)))
		body = wiremessage.AppendCompressedCompressorID(body, m.compressor)
		body = wiremessage.AppendCompressedCompressedMessage(body, packed)
	}
	out := wiremessage.AppendHeader(nil, int32(headerBytes+len(body)), m.id, m.responseTo, opCode)
	_, err := to.Write(append(out, body...))
	return err
}

// flags of an OP_MSG; other messages have none.
func (m message) flags() wiremessage.MsgFlag {
	if m.opCode != wiremessage.OpMsg || len(m.body) < 4 {
		return 0
	}
	return wiremessage.MsgFlag(binary.LittleEndian.Uint32(m.body))
}

func (m message) setFlags(flags wiremessage.MsgFlag) {
	if m.opCode == wiremessage.OpMsg && len(m.body) >= 4 {
		binary.LittleEndian.PutUint32(m.body, uint32(flags))
	}
}

// document is the command of a request or what a reply answers; nil where there is none.
func (m message) document() bsoncore.Document {
	at := m.documentAt()
	if at < 0 || at > len(m.body) {
		return nil
	}
	document, _, _ := bsoncore.ReadDocument(m.body[at:])
	return document
}

// setDocument replaces it.
func (m *message) setDocument(document bsoncore.Document) {
	at := m.documentAt()
	rest := m.body[at+len(m.document()):]
	m.body = bytes.Join([][]byte{m.body[:at], document, rest}, nil)
}

// documentAt assumes that an OP_MSG has its body in front of its document sequences, as drivers and FerretDB send it.
func (m message) documentAt() int {
	switch m.opCode {
	case wiremessage.OpMsg: // | flags, 4 | kind, 1 | document
		return 5
	case wiremessage.OpReply: // | flags, 4 | cursor, 8 | starting from, 4 | documents, 4 | document
		return 20
	case wiremessage.OpQuery: // | flags, 4 | namespace, ends with 0 | to skip, 4 | to return, 4 | document
		const flagBytes, countBytes = 4, 8
		if len(m.body) < flagBytes {
			return -1
		}
		return flagBytes + bytes.IndexByte(m.body[flagBytes:], 0) + 1 + countBytes
	default:
		return -1
	}
}
