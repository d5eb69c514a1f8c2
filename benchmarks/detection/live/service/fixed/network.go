package fixed

import (
	"context"
	"io"
	"net"
	"time"

	"example.com/live/world"
)

// BodyNotClosed (13): it reads the body to its end and closes it.
func BodyNotClosed(_ context.Context, w *world.World) error {
	response, err := w.Client.Get(w.Backend + "/stock")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	w.Use(response.Status)
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// ClientPerCall (14): one client for all.
func ClientPerCall(_ context.Context, w *world.World) error {
	response, err := w.Client.Get(w.Backend + "/stock")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// NoDeadline (15): it waits for a quarter of a second.
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
	_ = connection.SetDeadline(time.Now().Add(250 * time.Millisecond))
	size, _ := connection.Read(greeting)
	w.Use(string(greeting[:size]))
}

// HandlerStuck (16): it stops waiting when the client went.
func HandlerStuck(ctx context.Context, w *world.World) error {
	select {
	case answer := <-w.AskDeaf():
		w.Use(answer)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
