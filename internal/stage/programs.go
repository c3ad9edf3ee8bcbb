package stage

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// StartAPI starts the API process and waits until it is ready.
func (w *World) StartAPI(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := ln.Addr().String()
	_ = ln.Close()
	if w.Story.Client.Base != "" {
		address = strings.TrimPrefix(w.Story.Client.Base, "http://")
	}
	w.Story.Client.Base = "http://" + address
	if w.API, err = start(w.Binary, w.Folder, "api", append(w.Env, "FORTHWITH_ADDR="+address), "api"); err != nil {
		return err
	}
	return Until(ctx, 30*time.Second, "the API to be ready", func() (bool, error) {
		res, err := http.Get(w.Story.Client.Base + "/readyz")
		if err != nil {
			return false, nil
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK, nil
	})
}

// StartWorker adds a worker process, with more environment where given.
func (w *World) StartWorker(more ...string) error {
	p, err := start(w.Binary, w.Folder, fmt.Sprintf("worker-%d", w.started.Add(1)), append(slices.Clone(w.Env), more...), "worker")
	if err != nil {
		return err
	}
	w.Mu.Lock()
	defer w.Mu.Unlock()
	w.Workers = append(w.Workers, p)
	return nil
}
