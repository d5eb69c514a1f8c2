// No leak: a pool of workers under steady requests with jitter, and a cache that warms up to its full size and stays
// there. The warm-up raises the number of goroutines for several seconds, which is what a leak does at first.
package main

import (
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"time"

	"example.com/leakstream-examples/harness"
)

const (
	workers   = 16
	cacheSize = 40
	warmUp    = 4 * time.Second // time constant: after it 63 % of the cache is there
)

var client = &http.Client{
	Timeout:   5 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: workers}, // connections are kept, not made anew for each request
}

func startPool(jobs <-chan func()) {
	for worker := 0; worker < workers; worker++ {
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

// jitter gives a time around the given one: between half of it and one and a half.
func jitter(around time.Duration) time.Duration {
	return around/2 + time.Duration(rand.Int63n(int64(around)))
}

func serve(jobs chan<- func()) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		done := make(chan struct{})
		jobs <- func() {
			time.Sleep(jitter(20 * time.Millisecond))
			close(done)
		}
		<-done
		_, _ = io.WriteString(w, "ok")
	})
	go func() { log.Fatal(http.Serve(listener, handler)) }()
	return "http://" + listener.Addr().String()
}

func request(url string) {
	time.Sleep(jitter(50 * time.Millisecond)) // requests do not come on a beat
	response, err := client.Get(url)
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
	harness.Run(20, func() { go request(url) })
}
