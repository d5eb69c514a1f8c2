package fixed

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"example.com/live/world"
)

// PipeUnread (25): the reader closes the pipe, so that the writer gets an error.
func PipeUnread(_ context.Context, w *world.World) error {
	reader, writer := io.Pipe()
	defer reader.Close()
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

// PipeHeld (26): it waits for the pipe for a moment only, and ends the whole group of processes.
func PipeHeld(_ context.Context, w *world.World) error {
	go runHook(w)
	return nil
}

func runHook(w *world.World) {
	var output strings.Builder
	hook := exec.Command("sh", "-c", world.Daemon)
	hook.Stdout = &output
	hook.WaitDelay = 100 * time.Millisecond
	hook.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	_ = hook.Run()
	_ = syscall.Kill(-hook.Process.Pid, syscall.SIGKILL)
	w.Use(output.String())
}

// PullNotStopped (27): it stops the sequence.
func PullNotStopped(_ context.Context, w *world.World) error {
	next, stop := iter.Pull(pages(w))
	defer stop()
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

// AfterFuncBlocks (28): the channel has room for what the callback sends.
func AfterFuncBlocks(_ context.Context, w *world.World) error {
	expired := make(chan string, 1)
	time.AfterFunc(10*time.Millisecond, func() { expire(expired) })
	return w.Refuse("lease")
}

func expire(expired chan<- string) { expired <- "lease" }
