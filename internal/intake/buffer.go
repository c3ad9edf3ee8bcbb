package intake

import "io"

// keep adds a cell. The slice may point into the buffer, so that moving the
// buffer re-points it (see fill).
func (s *Scanner) keep(cell []byte) { s.record.Cells = append(s.record.Cells, cell) }

func (s *Scanner) bytes(from, to int) []byte {
	return s.buf[s.start+from : s.start+to : s.start+to]
}

// peek looks at a byte ahead of pos, reading on when it is not at hand.
func (s *Scanner) peek(ahead int) (byte, bool) {
	for s.start+s.pos+ahead >= s.end {
		if !s.fill() {
			return 0, false
		}
	}
	return s.buf[s.start+s.pos+ahead], true
}

// fill reads more. It never moves bytes that cells point to: when the record
// does not fit, it goes on in a new buffer and the old cells keep the old one.
func (s *Scanner) fill() bool {
	if s.ended || s.err != nil {
		return false
	}
	if s.end == len(s.buf) {
		s.makeRoom()
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.ended = true
		} else if err != nil {
			s.err = err
			return false
		}
		if n > 0 || s.ended {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

func (s *Scanner) makeRoom() {
	held := s.end - s.start
	to := s.buf
	if len(s.record.Cells) > 0 || held > len(s.buf)/2 {
		to = make([]byte, max(len(s.buf), 2*held))
	}
	copy(to, s.buf[s.start:s.end])
	s.buf, s.start, s.end = to, 0, held
}
