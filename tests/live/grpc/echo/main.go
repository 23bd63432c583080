// Command echo serves and calls live.Echo with the Go gRPC library, in clear text. Its one message is a well-known type,
// so no code is generated.
//
//	echo serve ADDRESS
//	echo call ADDRESS PLAN                what plan.ts says, on one connection; prints what became of each call
//	echo load ADDRESS CONNECTIONS CALLS [BYTES]
//	                                      so many calls on each connection, with a text of so many bytes; prints
//	                                      how many were answered
package main

import (
	"log"
	"os"
	"strconv"
	"strings"
)

func main() {
	switch arguments := os.Args[1:]; {
	case len(arguments) == 2 && arguments[0] == "serve":
		serve(arguments[1])
	case len(arguments) == 3 && arguments[0] == "call":
		call(arguments[1], arguments[2])
	case len(arguments) == 4 && arguments[0] == "load":
		load(arguments[1], number(arguments[2]), number(arguments[3]), "load")
	case len(arguments) == 5 && arguments[0] == "load":
		load(arguments[1], number(arguments[2]), number(arguments[3]), strings.Repeat("x", number(arguments[4])))
	default:
		log.Fatal("usage: echo serve ADDRESS | call ADDRESS PLAN | load ADDRESS CONNECTIONS CALLS [BYTES]")
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return value
}
