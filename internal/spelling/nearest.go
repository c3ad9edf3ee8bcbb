// Package spelling guesses which name somebody meant who wrote another.
package spelling

// Nearest gives the name that takes the fewest edits to get to, if it is close:
// a third of the word's letters, or two. None is the empty string; of equals the
// first counts.
func Nearest(word string, names []string) string {
	best, fewest := "", max(2, len(word)/3)+1
	for _, name := range names {
		if n := edits(word, name); n < fewest {
			best, fewest = name, n
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
