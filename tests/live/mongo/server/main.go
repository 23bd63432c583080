// Command server is a MongoDB-compatible server for live tests: FerretDB on SQLite behind a front that does on the wire
// what FerretDB 1 does not (front.go).
//
//	server ADDRESS FOLDER
//
// It listens on the TCP address and keeps its data in the folder, which must exist. SIGTERM and SIGINT end it.
package main

import (
	"context"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: server ADDRESS FOLDER")
	}
	address, folder := os.Args[1], os.Args[2]
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	socket := filepath.Join(folder, "ferretdb.sock")
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/?_pragma=synchronous(off)",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	go accept(listener, socket)
	if err := db.Run(ctx); err != nil {
		log.Fatal(err)
	}
}

// accept gives each client a connection to FerretDB of its own.
func accept(listener net.Listener, socket string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("unix", socket)
			if err != nil {
				log.Print(err)
				return
			}
			defer server.Close()
			if err := serve(client, server); err != nil {
				log.Print(err)
			}
		}()
	}
}
