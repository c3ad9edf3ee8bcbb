package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Node is one complete subtree of the log, as the database keeps it.
type Node struct {
	Level int
	N     int64
	Hash  Hash
}

// NodeReader gives stored nodes, in the order asked for.
type NodeReader func(want []Node) ([]Hash, error)

// Growth is what appending leaves to a log of a known size gives: the nodes
// that became complete, the new size and root.
type Growth struct {
	Size  int64
	Root  Hash
	Nodes []Node
}

// Grow appends leaves to a log that holds size leaves. It reads the right edge
// of the stored tree only.
func Grow(size int64, leaves []Hash, read NodeReader) (Growth, error) {
	fresh := map[int64]Hash{}
	nodes := tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) { return lookUp(indexes, fresh, read) })
	g := Growth{Size: size}
	for _, leaf := range leaves {
		added, err := tlog.StoredHashesForRecordHash(g.Size, leaf, nodes)
		if err != nil {
			return Growth{}, fmt.Errorf("append leaf %d: %w", g.Size, err)
		}
		for level, h := range added {
			node := Node{Level: level, N: g.Size >> uint(level), Hash: h}
			fresh[tlog.StoredHashIndex(level, node.N)] = h
			g.Nodes = append(g.Nodes, node)
		}
		g.Size++
	}
	root, err := tlog.TreeHash(g.Size, nodes)
	if err != nil {
		return Growth{}, fmt.Errorf("hash tree of %d leaves: %w", g.Size, err)
	}
	g.Root = root
	return g, nil
}

func lookUp(indexes []int64, fresh map[int64]Hash, read NodeReader) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	var want []Node
	var at []int
	for i, ix := range indexes {
		if h, ok := fresh[ix]; ok {
			out[i] = h
			continue
		}
		level, n := tlog.SplitStoredHashIndex(ix)
		want, at = append(want, Node{Level: level, N: n}), append(at, i)
	}
	if len(want) == 0 {
		return out, nil
	}
	stored, err := read(want)
	if err != nil {
		return nil, err
	}
	if len(stored) != len(want) {
		return nil, fmt.Errorf("read %d nodes of the log: got %d", len(want), len(stored))
	}
	for i, h := range stored {
		out[at[i]] = h
	}
	return out, nil
}
