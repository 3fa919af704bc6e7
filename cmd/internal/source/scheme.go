package source

import (
	"net/url"
	"strings"
)

// notBuilt says that a URL leads nowhere.
func notBuilt(scheme string) string {
	switch scheme {
	case "redis", "rediss", "valkey", "valkeys", "unix", "redis+unix", "redis+socket":
		return scheme + ":// leads to a server, and dumps are read here: no server is asked"
	case "file":
		return "files are named by their path"
	}
	return scheme + ":// sources are not built yet"
}

// clientOf is the command that brings what a URL names, to be read from standard input.
func clientOf(scheme, arg string) string {
	word, behind := ShellWord(Printable(arg)), strings.TrimPrefix(arg, scheme+"://")
	several := strings.HasSuffix(arg, "/") || strings.Contains(arg, "*")
	switch scheme {
	case "s3", "s3a", "s3n":
		word = ShellWord(Printable("s3://" + behind))
		if several {
			return "aws s3 cp --recursive " + ShellWord(Printable("s3://"+strings.TrimRight(behind, "*"))) + " dumps/ && rdblens dumps/"
		}
		return "aws s3 cp " + word + " - | rdblens -"
	case "gs":
		if several {
			return "mkdir dumps && gcloud storage cp " + word + " dumps/ && rdblens dumps/"
		}
		return "gcloud storage cat " + word + " | rdblens -"
	case "azblob", "az", "abfs", "abfss", "wasb", "wasbs":
		return "with the blob's https:// address and its signature: curl -sfL 'https://ACCOUNT.blob.core.windows.net/" + Printable(strings.ReplaceAll(behind, "'", "%27")) + "?SIGNATURE' | rdblens -"
	case "http", "https", "ftp", "ftps":
		return "curl -sfL " + word + " | rdblens -"
	case "redis", "rediss", "valkey", "valkeys", "unix", "redis+unix", "redis+socket":
		return liveServer(scheme, arg)
	case "file":
		path := behind
		if u, err := url.Parse(arg); err == nil && u.Path != "" {
			path = u.Path
		}
		return "rdblens " + ShellWord(Printable(path))
	case "ssh", "sftp", "scp":
		host, path, _ := strings.Cut(behind, "/")
		return "ssh " + ShellWord(Printable(host)) + " cat " + ShellWord(Printable("/"+path)) + " | rdblens -"
	case "hdfs":
		return "hdfs dfs -cat " + word + " | rdblens -"
	}
	return "give a file, - for standard input, a directory or a glob"
}

// liveServer is the command that has a server make a dump and send it. Passwords are
// not repeated: what is typed again ends in the history of a shell.
func liveServer(scheme, arg string) string {
	if strings.Contains(scheme, "unix") || strings.Contains(scheme, "socket") {
		_, path, _ := strings.Cut(arg, "://")
		return "redis-cli -s " + ShellWord(Printable(path)) + " --rdb - | rdblens -"
	}
	u, err := url.Parse(arg)
	if err != nil {
		return "redis-cli -u URL --rdb - | rdblens -"
	}
	auth := ""
	if _, secret := u.User.Password(); secret {
		auth = "REDISCLI_AUTH=... "
		u.User = url.User(u.User.Username())
		if u.User.Username() == "" {
			u.User = nil
		}
	}
	switch u.Scheme { // redis-cli knows these two
	case "valkey":
		u.Scheme = "redis"
	case "valkeys":
		u.Scheme = "rediss"
	}
	return auth + "redis-cli -u " + ShellWord(Printable(u.String())) + " --rdb - | rdblens -"
}
