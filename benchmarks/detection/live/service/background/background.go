// Package background is the rest of a service: what makes a leak one stack among dozens, and never grows for good.
package background

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand"
	"net/http"
	"sync"
	"time"

	"example.com/live/world"
)

// Service is what the ordinary handlers share.
type Service struct {
	world    *world.World
	database *sql.DB
	cache    sync.RWMutex
	entries  map[string]string
	jobs     chan func()
	audit    chan string
	changed  chan struct{}
	messages chan string
	lease    *sync.Cond
	stop     context.CancelFunc
}

// Start starts the helpers of a service and registers its handlers.
func Start(w *world.World, mux *http.ServeMux) (*Service, error) {
	database, err := sql.Open("fake", "main")
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(4)
	s := &Service{
		world:    w,
		database: database,
		entries:  map[string]string{},
		jobs:     make(chan func(), 64),
		audit:    make(chan string, 64),
		changed:  make(chan struct{}),
		messages: make(chan string),
		lease:    sync.NewCond(&sync.Mutex{}),
	}
	s.startHelpers()
	mux.HandleFunc("GET /quit", s.quit)
	mux.HandleFunc("GET /item", s.item)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("GET /report", s.report)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /upload", s.upload)
	return s, nil
}

// quit ends what waits for an end. Nobody asks for it here; but what could be woken is not stuck.
func (s *Service) quit(http.ResponseWriter, *http.Request) {
	s.stop()
	close(s.messages)
	s.lease.Broadcast()
}

// item looks into the cache.
func (s *Service) item(answer http.ResponseWriter, _ *http.Request) {
	key := fmt.Sprint(rand.Intn(50))
	s.cache.RLock()
	text, found := s.entries[key]
	s.cache.RUnlock()
	if !found {
		text = s.world.Work(key)
		s.cache.Lock()
		s.entries[key] = text
		s.cache.Unlock()
	}
	fmt.Fprintln(answer, text)
}

// search asks three shards at once and waits for all.
func (s *Service) search(answer http.ResponseWriter, _ *http.Request) {
	var shards sync.WaitGroup
	found := make(chan string, 3)
	for number := range 3 {
		shards.Add(1)
		go func() {
			defer shards.Done()
			found <- s.world.Work(fmt.Sprint("shard ", number))
		}()
	}
	shards.Wait()
	fmt.Fprintln(answer, len(found))
}

// report asks the database and the backend.
func (s *Service) report(answer http.ResponseWriter, request *http.Request) {
	var name string
	if err := s.database.QueryRowContext(request.Context(), "SELECT name").Scan(&name); err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	response, err := s.world.Client.Get(s.world.Backend + "/stock")
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	fmt.Fprintln(answer, name, response.Status)
}

// events is a long poll: it answers when something changed, or after some seconds.
func (s *Service) events(answer http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), time.Duration(5+rand.Intn(10))*time.Second)
	defer cancel()
	select {
	case <-s.changed:
		fmt.Fprintln(answer, "changed")
	case <-ctx.Done():
		answer.WriteHeader(http.StatusNoContent)
	}
}

// upload gives its work to the pool.
func (s *Service) upload(answer http.ResponseWriter, request *http.Request) {
	done := make(chan struct{})
	select {
	case s.jobs <- func() { s.world.Work("resize"); close(done) }:
	case <-request.Context().Done():
		return
	}
	<-done
	select {
	case s.audit <- "uploaded":
	default:
	}
	fmt.Fprintln(answer, "done")
}
