package leaky

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"os/exec"
	"strings"
	"time"

	"example.com/live/world"
)

// PipeUnread (25) stops reading a pipe; its writer is not told.
func PipeUnread(_ context.Context, w *world.World) error {
	reader, writer := io.Pipe()
	go encode(writer, w)
	header := make([]byte, 8)
	if _, err := io.ReadFull(reader, header); err != nil {
		return err
	}
	return w.Refuse(string(header))
}

func encode(writer *io.PipeWriter, w *world.World) {
	err := json.NewEncoder(writer).Encode(w.Rows())
	_ = writer.CloseWithError(err)
}

// PipeHeld (26) runs a hook whose child keeps the pipe of its output open.
func PipeHeld(_ context.Context, w *world.World) error {
	go runHook(w)
	return nil
}

func runHook(w *world.World) {
	var output strings.Builder
	hook := exec.Command("sh", "-c", world.Daemon) // the shell ends, what it started does not
	hook.Stdout = &output
	_ = hook.Run()
	w.Use(output.String())
}

// PullNotStopped (27) takes the first of a sequence and leaves the rest in the middle.
func PullNotStopped(_ context.Context, w *world.World) error {
	next, _ := iter.Pull(pages(w))
	page, _ := next()
	w.Use(page)
	return nil
}

func pages(w *world.World) iter.Seq[string] {
	return func(yield func(string) bool) {
		for yield(w.Work("page")) {
		}
	}
}

// AfterFuncBlocks (28) lets a timer's callback send to a channel that nobody reads any more.
func AfterFuncBlocks(_ context.Context, w *world.World) error {
	expired := make(chan string)
	time.AfterFunc(10*time.Millisecond, func() { expire(expired) })
	return w.Refuse("lease")
}

func expire(expired chan<- string) { expired <- "lease" }
