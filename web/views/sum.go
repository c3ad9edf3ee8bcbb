package views

// Sum is a bar of parts and the equation that says the same.
type Sum struct {
	ID    string // tells the sums of one page apart; empty: the only one
	Total int64
	Unit  string // what is counted
	Label string // the equation, for readers of the screen
	Terms []Term
}

// Term is one part of a sum. X and Width are percents of the bar. URL, where
// there is one, leads to what was counted.
type Term struct {
	Status, Word, URL string
	Count             int64
	X, Width          string
	Hatched           bool
}
