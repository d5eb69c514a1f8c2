// No leak: a pool of workers under steady requests, and a cache that warms up to its full size and stays there.
package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"example.com/leakstream-examples/harness"
)

const (
	workers   = 16
	cacheSize = 40
	warmUp    = 4 * time.Second
)

func startPool(jobs <-chan func()) {
	for range make([]struct{}, workers) {
		go func() {
			for job := range jobs {
				job()
			}
		}()
	}
}

// warmCache starts one refresher for each entry; each new one comes later than the one before, as cache misses do.
func warmCache() {
	for entry := 0; entry < cacheSize; entry++ {
		go refreshEntry()
		time.Sleep(warmUp / time.Duration(cacheSize-entry))
	}
}

func refreshEntry() {
	for range time.Tick(time.Second) {
	}
}

func serve(jobs chan<- func()) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		done := make(chan struct{})
		jobs <- func() {
			time.Sleep(5 * time.Millisecond)
			close(done)
		}
		<-done
		_, _ = io.WriteString(w, "ok")
	})
	go func() { log.Fatal(http.Serve(listener, handler)) }()
	return "http://" + listener.Addr().String()
}

func request(url string) {
	response, err := http.Get(url)
	if err != nil {
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
}

func main() {
	jobs := make(chan func())
	startPool(jobs)
	go warmCache()
	url := serve(jobs)
	harness.Run(20, func() { request(url) })
}
