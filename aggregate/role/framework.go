package role

import "github.com/rdblens/rdblens/parser"

// Framework is a program or a library that documents how it names its keys.
type Framework struct {
	Name string
	// Source is where the names are documented: the project's repository, file and
	// major version.
	Source string
	// Bound is what the framework itself offers to bound its data, as advice.
	Bound string
	// Default is what its keys begin with unless it is configured, for names with a
	// configurable beginning (<*>).
	Default string
	// Keys are its keys. The names are never to be changed: the framework looks for
	// its keys under them.
	Keys []Key

	// need is how many different anchors with one beginning tell of the framework,
	// needDefault how many when the beginning is the default one. Without it names
	// tell by themselves, whatever is in front of them.
	need, needDefault int
	// app: the application chooses the names, so that they may be changed.
	app bool
}

// Key is one kind of key of a framework.
type Key struct {
	// Shape is the name: parts in <> vary, <*> is the configurable beginning, and …
	// at the end of a part says that it may hold colons.
	Shape string
	Types []parser.DataType
	Role  Role
	What  string // a few words, for a reason

	// anchor: the name tells of the framework, together with others.
	anchor bool
	// finished: the key lists, or holds, work that is done and stays until somebody
	// asks the framework to forget it. jobs: it is a job, or holds all of them.
	finished, jobs bool
	// telling: an anchor that no other framework has.
	telling bool
	// when is what the facts must say too; nil for nothing. Every key whose role
	// allows more than an unknown one has it.
	when  func(*Facts) bool
	shape shape
	// unverified: no source of the framework that was read has the name. Such a key
	// is kept for what it forbids; see withheld.
	unverified bool
}

var (
	texts   = []parser.DataType{parser.DataTypeString}
	lists   = []parser.DataType{parser.DataTypeList}
	sets    = []parser.DataType{parser.DataTypeSet}
	zsets   = []parser.DataType{parser.DataTypeZset}
	hashes  = []parser.DataType{parser.DataTypeHash}
	streams = []parser.DataType{parser.DataTypeStream}
)

// withheld reports whether a key counts for nothing because nobody has checked
// its name, and its role would let advice expire, delete or trim.
func (k *Key) withheld() bool { return k.unverified && k.Role.may(mayExpire|mayDelete|mayTrim) }

// What facts must say.

func expires(f *Facts) bool { return f.expire(95) }

func expireAll(f *Facts) bool { return f.Keys > 0 && f.KeysWithoutTTL == 0 }

func isSession(f *Facts) bool {
	return f.expire(95) || f.values(80, ShapeSession) || f.hashes(80, HashSession)
}

func isJava(f *Facts) bool    { return f.expire(95) || f.values(80, ShapeJava) }
func isPHP(f *Facts) bool     { return f.expire(95) || f.values(80, ShapePHP, ShapeSession) }
func isPickle(f *Facts) bool  { return f.expire(95) || f.values(80, ShapePickle) }
func isMarshal(f *Facts) bool { return f.expire(95) || f.values(80, ShapeMarshal) }

// isFragment: pageviews/… are no fragments of a page although they expire.
func isFragment(f *Facts) bool {
	return f.values(80, ShapeMarshal) || f.expire(95) && !share(f.Integers, f.Keys, 10)
}

// isTask: taskiq pickles, unless it is told otherwise.
func isTask(f *Facts) bool        { return f.values(50, ShapeJob, ShapePickle) }
func isSessionHash(f *Facts) bool { return f.hashes(80, HashSession) }

func isEntry(f *Facts) bool   { return f.hashes(80, HashCache) }
func isBucket(f *Facts) bool  { return f.expire(95) && f.hashes(80, HashBucket) }
func isMessage(f *Facts) bool { return f.values(50, ShapeJob) }
func isResult(f *Facts) bool  { return f.values(80, ShapeResult) }

// isTimes: the scores are times, or none was looked at.
func isTimes(f *Facts) bool { return sum(f.Scores[:]) == 0 || f.times() }

func inMillis(f *Facts) bool {
	return sum(f.Scores[:]) == 0 || f.scores(90, ScorePastMillis, ScoreAheadMillis)
}

func inScaled(f *Facts) bool {
	return sum(f.Scores[:]) == 0 || f.scores(90, ScorePastScaled, ScoreAheadScaled)
}

// isRanked: the scores are no times, as those of a feed that is sorted by
// identifiers.
func isRanked(f *Facts) bool { return f.scores(90, ScoreInteger, ScoreConstant, ScoreFraction) }

// frameworks are all of the table, the more specific first.
var frameworks = func() []*Framework {
	var all []*Framework
	for _, group := range [][]Framework{jobFrameworks, workerFrameworks, webFrameworks, storeFrameworks} {
		for i := range group {
			f := &group[i]
			for k := range f.Keys {
				f.Keys[k].shape = compile(f.Keys[k].Shape)
			}
			all = append(all, f)
		}
	}
	return all
}()

// Frameworks returns the table of frameworks. It is not to be changed.
func Frameworks() []*Framework { return frameworks }

type dataType = parser.DataType

const (
	tString = parser.DataTypeString
	tList   = parser.DataTypeList
	tSet    = parser.DataTypeSet
	tZset   = parser.DataTypeZset
	tHash   = parser.DataTypeHash
	tStream = parser.DataTypeStream
)

// replies: few elements a key, one each for a worker that answered.
func replies(f *Facts) bool { return f.Keys > 0 && f.Elements <= f.Keys*100 }

func hasElements(f *Facts) bool { return f.Elements > 0 }

func cachedHash(f *Facts) bool { return f.expire(95) || isEntry(f) }

func isObject(f *Facts) bool { return f.hashes(80, HashObject) }

func pickledAndExpires(f *Facts) bool { return f.expire(95) && f.values(80, ShapePickle) }

func marshalled(f *Facts) bool { return f.values(80, ShapeMarshal) }

func phpOrNumber(f *Facts) bool { return f.expire(95) || f.values(80, ShapePHP, ShapeNumber) }

func sessionValue(f *Facts) bool { return f.values(80, ShapeSession) }

func isDistributed(f *Facts) bool { return f.hashes(80, HashCache) }

func numbersThatExpire(f *Facts) bool { return f.expire(95) && f.values(80, ShapeNumber) }

func serialized(f *Facts) bool { return f.values(80, ShapePHP) }

// isDelivery: messages in an array with their exchange and routing key.
func isDelivery(f *Facts) bool { return f.values(50, ShapeJSON, ShapeJob) }

// flaskValue: Flask-Session pickles, or packs what begins with _permanent.
func flaskValue(f *Facts) bool { return f.values(80, ShapeSession, ShapePickle) && f.expire(95) }
