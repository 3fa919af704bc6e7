// Package sketch holds the counters that an analysis is made of: histograms with
// logarithmic buckets, samples of the k smallest (BottomK), tallies by a clock,
// estimates with the bound of their error, and the integer arithmetic behind them.
//
// They hold whole numbers only, and what merges does so in any order with the same
// result. They know nothing of keys.
package sketch
