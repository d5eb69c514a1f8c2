// Service is an ordinary HTTP service with net/http/pprof, of which one endpoint may leak. It drives itself: requests
// come over real HTTP from this process. It prints "listening HOST:PORT", then "calling" when the endpoint's calls begin.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/live/background"
	"example.com/live/drive"
	"example.com/live/patterns"
	"example.com/live/world"
)

const patience = 2 * time.Second // of those who call the pattern

func main() {
	list := flag.Bool("list", false, "print every pattern as a line of JSON")
	pattern := flag.String("pattern", "01", "the pattern that is called, see -list")
	twin := flag.String("twin", "leaky", "leaky or fixed")
	rate := flag.String("rate", "12/m", "calls of the pattern, in the mean: 2/s, 12/m, 90/h")
	load := flag.Float64("load", 8, "ordinary requests a second, in the mean")
	after := flag.Duration("after", 0, "how long the service runs before the pattern is called")
	listen := flag.String("listen", "127.0.0.1:0", "address of the service and of its /debug/pprof")
	flag.Parse()
	if *list {
		printPatterns()
		return
	}
	perSecond, err := readRate(*rate)
	if err != nil {
		refuse(err)
	}
	call, err := find(*pattern, *twin)
	if err != nil {
		refuse(err)
	}
	if err := run(call, perSecond, *load, *after, *listen); err != nil {
		log.Fatal(err)
	}
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

func printPatterns() {
	lines := json.NewEncoder(os.Stdout)
	lines.SetEscapeHTML(false)
	for _, pattern := range patterns.All() {
		_ = lines.Encode(pattern)
	}
}

// readRate gives calls a second of a text such as 2/s, 12/m or 90/h.
func readRate(text string) (float64, error) {
	number, unit, _ := strings.Cut(text, "/")
	seconds := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	count, err := strconv.ParseFloat(number, 64)
	if err != nil || seconds == 0 || !(count > 0) || math.IsInf(count, 0) {
		return 0, fmt.Errorf("-rate %s: not a number above 0 and one of /s, /m, /h", text)
	}
	return count / seconds, nil
}

func find(id, twin string) (patterns.Call, error) {
	for _, pattern := range patterns.All() {
		if pattern.ID == id {
			if call := pattern.Twin(twin); call != nil {
				return call, nil
			}
			return nil, fmt.Errorf("-twin %s: pattern %s has none of that name", twin, id)
		}
	}
	return nil, fmt.Errorf("-pattern %s: not one of those that -list prints", id)
}

func run(call patterns.Call, perSecond, load float64, after time.Duration, listen string) error {
	w, err := world.New()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	if _, err := background.Start(w, mux); err != nil {
		return err
	}
	var made atomic.Int64
	mux.HandleFunc("GET /pattern", func(answer http.ResponseWriter, request *http.Request) {
		if err := call(request.Context(), w); err != nil {
			http.Error(answer, err.Error(), http.StatusUnprocessableEntity)
		}
	})
	mux.HandleFunc("GET /calls", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(answer, "{\"calls\":%d,\"go\":%q}\n", made.Load(), runtime.Version())
	})
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Println("listening", listener.Addr())
	go func() { log.Fatal((&http.Server{Handler: mux}).Serve(listener)) }()
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	go endWithParent(cancel)
	base := "http://" + listener.Addr().String()
	driveLoad(stop, base, load)
	select {
	case <-time.After(after):
		fmt.Println("calling")
		drive.NewCaller(base, patience).Run(stop, "/pattern", perSecond, 0, &made)
	case <-stop.Done():
	}
	return nil
}

// driveLoad lets ordinary requests come: mostly short ones, some that are held for seconds.
func driveLoad(stop context.Context, base string, load float64) {
	var made atomic.Int64
	caller := drive.NewCaller(base, 30*time.Second)
	for path, share := range map[string]float64{"/item": 0.5, "/search": 0.2, "/report": 0.15, "/upload": 0.1} {
		go caller.Run(stop, path, load*share, 0, &made)
	}
	go caller.Run(stop, "/events", load*0.05, 10, &made)
}

// endWithParent ends the service when its standard input closes: a program that lost its parent does not stay.
func endWithParent(end context.CancelFunc) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	end()
}
