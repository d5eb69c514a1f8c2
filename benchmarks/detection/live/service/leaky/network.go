package leaky

import (
	"context"
	"io"
	"net"
	"net/http"

	"example.com/live/world"
)

// BodyNotClosed (13) looks at the status and forgets the body: the connection never comes back.
func BodyNotClosed(_ context.Context, w *world.World) error {
	response, err := w.Client.Get(w.Backend + "/stock")
	if err != nil {
		return err
	}
	w.Use(response.Status)
	return nil
}

// ClientPerCall (14) makes a transport for each call; its idle connection stays.
func ClientPerCall(_ context.Context, w *world.World) error {
	client := &http.Client{Transport: &http.Transport{}}
	response, err := client.Get(w.Backend + "/stock")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// NoDeadline (15) waits for a peer that never speaks.
func NoDeadline(_ context.Context, w *world.World) error {
	connection, err := net.Dial("tcp", w.Silent)
	if err != nil {
		return err
	}
	go readGreeting(connection, w)
	return nil
}

func readGreeting(connection net.Conn, w *world.World) {
	defer connection.Close()
	greeting := make([]byte, 64)
	size, _ := connection.Read(greeting)
	w.Use(string(greeting[:size]))
}

// HandlerStuck (16) waits in the handler for an answer that never comes, whether or not the client is still there.
func HandlerStuck(_ context.Context, w *world.World) error {
	w.Use(<-w.AskDeaf())
	return nil
}
