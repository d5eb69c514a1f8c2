// Package harness is what every example shares: flags, the pprof listener, and an end that leaves nothing behind.
package harness

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof" // registers /debug/pprof on http.DefaultServeMux
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Run serves net/http/pprof on -listen, calls work about -rate times a second, and ends on SIGTERM, SIGINT, or when
// standard input closes: a program that lost its parent does not stay. It prints one line, "listening HOST:PORT".
func Run(rate float64, work func()) {
	listen := flag.String("listen", "127.0.0.1:0", "address of the pprof listener")
	perSecond := flag.Float64("rate", rate, "calls a second, above 0 and at most 1000")
	flag.Parse()
	if !(*perSecond > 0 && *perSecond <= 1000) { // written so that NaN is refused too
		fmt.Fprintf(os.Stderr, "-rate %v: must be above 0 and at most 1000\n", *perSecond)
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening", listener.Addr())
	go func() { log.Fatal(http.Serve(listener, nil)) }()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	ticker := time.NewTicker(time.Duration(float64(time.Second) / *perSecond))
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			work()
		}
	}
}
