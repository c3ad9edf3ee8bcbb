package stage

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// slowest is how long a program may take to be ready on a machine that is busy
// with something else. One that ended is not waited for.
const slowest = 2 * time.Minute

// StartAPI starts the API process and waits until it is ready. It listens where
// the system has room, for a port that was chosen before may be taken when the
// program comes to it; one that is started again listens where it did, and tries
// again while somebody else is there.
func (w *World) StartAPI(ctx context.Context) (err error) {
	again := w.Story.Client.Base != ""
	address := cmp.Or(strings.TrimPrefix(w.Story.Client.Base, "http://"), "127.0.0.1:0")
	begin := func() error {
		w.API, err = start(w.Binary, w.Folder, "api", append(slices.Clone(w.Env), "FORTHWITH_LOG_LEVEL=info", "FORTHWITH_ADDR="+address, "FORTHWITH_PUBLIC_ADDR=127.0.0.1:0"), "api")
		return err
	}
	if err := begin(); err != nil {
		return err
	}
	return Until(ctx, slowest, "the API to be ready", func() (bool, error) {
		if ended := w.API.ended(); ended != nil {
			if again && strings.Contains(ended.Error(), syscall.EADDRINUSE.Error()) {
				return false, begin()
			}
			return false, ended
		}
		if !again {
			if address, err = w.API.listens(); err != nil || address == "" {
				return false, err
			}
			w.Story.Client.Base = "http://" + address
		}
		return w.answers()
	})
}

// answers tells whether the API is ready. Whoever hangs is asked again.
func (w *World) answers() (bool, error) {
	res, err := (&http.Client{Timeout: 10 * time.Second}).Get(w.Story.Client.Base + "/readyz")
	if err != nil {
		return false, nil
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK, nil
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
