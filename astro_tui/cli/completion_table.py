"""What a shell can complete. Written by scripts/docs.py: change the code, then run `make docs`.

A shell waits for completions, and making all parsers takes too long.
"""

TABLE = """\
-  -h  -  print this help
-  --help  -  print this help
-  .  ACCOUNT[/AGENT[#SECTION]]  what to open
-  --demo  -  open the embedded demo platform
-  --server  URL  address of the platform
-  --allow-insecure  -  allow plain http to other machines (sends the token…
-  --account  NAME  account to open
-  --refresh  SECONDS  seconds between refreshes while no agent is changing (60)
-  --theme  dark|light|contrast|terminal  one of dark, light, contrast, terminal
-  --fresh  -  do not restore the filter, cursor, folds, and theme of the…
-  --ascii  -  draw with ASCII characters only
-  --write  -  let actions run without arming the account first
-  --version  -  print the version
auth  -  -  Sign in and out.
auth  -h  -  print this help
auth  --help  -  print this help
auth  .  login|status|logout  what to do
auth  --open  -  login: open the browser on this machine
auth  --json  -  status: print a JSON object
auth  --server  URL  address of the platform
auth  --allow-insecure  -  allow plain http to other machines (sends the token…
auth  --ascii  -  print only ASCII characters (the default if the locale is…
config  -  -  Print, check, or edit the settings.
config  -h  -  print this help
config  --help  -  print this help
config  .  show|check|edit  show the settings (the default), check them, or edit the…
config  --json  -  print a JSON list of objects
config  --ascii  -  print only ASCII characters (the default if the locale is…
doctor  -  -  Check this machine for problems, and say how to fix them.
doctor  -h  -  print this help
doctor  --help  -  print this help
doctor  --json  -  print a JSON object
doctor  --server  URL  address of the platform
doctor  --allow-insecure  -  allow plain http to other machines (sends the token…
doctor  --account  NAME  the account, if the argument does not name one
doctor  --demo  -  use the embedded demo platform
doctor  --ascii  -  print only ASCII characters (the default if the locale is…
completion  -  -  Print a shell completion script.
completion  -h  -  print this help
completion  --help  -  print this help
completion  .  bash|zsh|fish  the shell
view  -  -  Show any JSON or YAML file as a tree.
view  -h  -  print this help
view  --help  -  print this help
view  .  FILE  the file to open; - is standard input
view  --format  json|yaml|tree  print the document in this format (json when piped)
view  --reveal  -  also print values that look like secrets
view  --theme  dark|light|contrast|terminal  one of dark, light, contrast, terminal
view  --ascii  -  print only ASCII characters (the default if the locale is…
catalog  -  -  Browse the public catalog, or print it.
catalog  -h  -  print this help
catalog  --help  -  print this help
catalog  .  QUERY  what to search for; tag:NAME, from:ACCOUNT
catalog  --table  -  print the table, even on a terminal
catalog  --json  -  print a JSON list of objects
catalog  --limit  N  print at most N (100); 0 prints all
catalog  --sort  newest|name  the order (newest)
catalog  --theme  dark|light|contrast|terminal  one of dark, light, contrast, terminal
catalog  --server  URL  address of the platform
catalog  --allow-insecure  -  allow plain http to other machines (sends the token…
catalog  --account  NAME  the account, if the argument does not name one
catalog  --demo  -  use the embedded demo platform
catalog  --ascii  -  print only ASCII characters (the default if the locale is…
mcp  -  -  Answer the questions of other programs (Model Context…
mcp  -h  -  print this help
mcp  --help  -  print this help
mcp  --account  NAME  serve this account only (default: all of the login); can be…
mcp  --demo  -  use the embedded demo platform
mcp  --server  URL  address of the platform
mcp  --allow-insecure  -  allow plain http to other machines (sends the token…
list  -  -  Print the agents of an account, problems first.
list  -h  -  print this help
list  --help  -  print this help
list  .  ACCOUNT  the account (default: the one active in ast, else your…
list  -o  table|wide|json|yaml|name  print a table, a JSON or YAML list, or one ACCOUNT/ID per…
list  --output  table|wide|json|yaml|name  print a table, a JSON or YAML list, or one ACCOUNT/ID per…
list  --json  -  the same as -o json
list  --watch  -  print the list repeatedly; with --json, one object per…
list  --refresh  SECONDS  with --watch: seconds between updates (60)
list  --quick  -  print the list without investigating the agents
list  --server  URL  address of the platform
list  --allow-insecure  -  allow plain http to other machines (sends the token…
list  --account  NAME  the account, if the argument does not name one
list  --demo  -  use the embedded demo platform
list  --ascii  -  print only ASCII characters (the default if the locale is…
why  -  -  Say why an agent is broken, with the evidence.
why  -h  -  print this help
why  --help  -  print this help
why  .  ACCOUNT[/AGENT]  the agent, or the account (default: the one active in ast,…
why  --most  N  for an account: the most agents to investigate, problems…
why  -o  text|json|yaml  print text, or a JSON object or YAML document per agent
why  --output  text|json|yaml  print text, or a JSON object or YAML document per agent
why  --json  -  the same as -o json
why  --server  URL  address of the platform
why  --allow-insecure  -  allow plain http to other machines (sends the token…
why  --account  NAME  the account, if the argument does not name one
why  --demo  -  use the embedded demo platform
why  --ascii  -  print only ASCII characters (the default if the locale is…
wait  -  -  Wait until a rollout is ready, or say why it is not.
wait  -h  -  print this help
wait  --help  -  print this help
wait  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
wait  --revision  N  wait for this revision
wait  --timeout  TIME  how long to wait: 90, 90s, 10m, or 1h30m (default: 10m)
wait  --server  URL  address of the platform
wait  --allow-insecure  -  allow plain http to other machines (sends the token…
wait  --account  NAME  the account, if the argument does not name one
wait  --demo  -  use the embedded demo platform
wait  --ascii  -  print only ASCII characters (the default if the locale is…
show  -  -  Print the deployed spec, or the spec of a revision.
show  -h  -  print this help
show  --help  -  print this help
show  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
show  --revision  N  print the spec of revision N
show  -o  json|yaml|tree  tree on a terminal, json otherwise
show  --format  json|yaml|tree  tree on a terminal, json otherwise
show  --reveal  -  also print values that look like secrets
show  --server  URL  address of the platform
show  --allow-insecure  -  allow plain http to other machines (sends the token…
show  --account  NAME  the account, if the argument does not name one
show  --demo  -  use the embedded demo platform
show  --ascii  -  print only ASCII characters (the default if the locale is…
diff  -  -  Print what changed between two revisions, two agents, or…
diff  -h  -  print this help
diff  --help  -  print this help
diff  .  A  an agent with up to two revisions, or two agents or files
diff  --json  -  print an RFC 6902 patch
diff  --reveal  -  also print values that look like secrets
diff  --server  URL  address of the platform
diff  --allow-insecure  -  allow plain http to other machines (sends the token…
diff  --account  NAME  the account, if the argument does not name one
diff  --demo  -  use the embedded demo platform
diff  --ascii  -  print only ASCII characters (the default if the locale is…
logs  -  -  Print the logs of an agent, or follow them.
logs  -h  -  print this help
logs  --help  -  print this help
logs  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
logs  --workload  NAME  read this workload only (default: all); can be repeated
logs  --container  NAME  read this container only
logs  -f  -  keep printing new lines until ctrl+c
logs  --follow  -  keep printing new lines until ctrl+c
logs  --since  TIME  start at this time
logs  --until  TIME  stop at this time
logs  --tail  N  print at most the last N lines of each workload (default:…
logs  --level  LEVEL  print lines at this level or above: trace, debug, info,…
logs  --query  QUERY  print lines that match; can be repeated
logs  -t  -  print the time of each line
logs  --timestamps  -  print the time of each line
logs  --json  -  print a JSON object per line
logs  --server  URL  address of the platform
logs  --allow-insecure  -  allow plain http to other machines (sends the token…
logs  --account  NAME  the account, if the argument does not name one
logs  --demo  -  use the embedded demo platform
logs  --ascii  -  print only ASCII characters (the default if the locale is…
numbers  -  -  Print the load, the traffic, and the cost of an agent.
numbers  -h  -  print this help
numbers  --help  -  print this help
numbers  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
numbers  --range  1h|6h|24h|7d  how far back: 1h, 6h, 24h (default), or 7d
numbers  -o  text|json|yaml  print charts, a JSON object, or a YAML document
numbers  --output  text|json|yaml  print charts, a JSON object, or a YAML document
numbers  --json  -  the same as -o json
numbers  --server  URL  address of the platform
numbers  --allow-insecure  -  allow plain http to other machines (sends the token…
numbers  --account  NAME  the account, if the argument does not name one
numbers  --demo  -  use the embedded demo platform
numbers  --ascii  -  print only ASCII characters (the default if the locale is…
pause  -  -  Pause an agent: it is scaled to zero and keeps its data and…
pause  -h  -  print this help
pause  --help  -  print this help
pause  --dry-run  -  print what would happen, and do nothing
pause  --yes  -  do not ask; required without a terminal
pause  --confirm  NAME  the agent's exact name, for deletions and in protected…
pause  --wait  -  wait until the platform has finished
pause  --timeout  TIME  how long to wait with --wait (default: 10m)
pause  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
pause  --server  URL  address of the platform
pause  --allow-insecure  -  allow plain http to other machines (sends the token…
pause  --account  NAME  the account, if the argument does not name one
pause  --demo  -  use the embedded demo platform
pause  --ascii  -  print only ASCII characters (the default if the locale is…
resume  -  -  Resume a paused agent.
resume  -h  -  print this help
resume  --help  -  print this help
resume  --dry-run  -  print what would happen, and do nothing
resume  --yes  -  do not ask; required without a terminal
resume  --confirm  NAME  the agent's exact name, for deletions and in protected…
resume  --wait  -  wait until the platform has finished
resume  --timeout  TIME  how long to wait with --wait (default: 10m)
resume  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
resume  --server  URL  address of the platform
resume  --allow-insecure  -  allow plain http to other machines (sends the token…
resume  --account  NAME  the account, if the argument does not name one
resume  --demo  -  use the embedded demo platform
resume  --ascii  -  print only ASCII characters (the default if the locale is…
restart  -  -  Restart an agent: replace all of its pods, or one.
restart  -h  -  print this help
restart  --help  -  print this help
restart  --dry-run  -  print what would happen, and do nothing
restart  --yes  -  do not ask; required without a terminal
restart  --confirm  NAME  the agent's exact name, for deletions and in protected…
restart  --wait  -  wait until the platform has finished
restart  --timeout  TIME  how long to wait with --wait (default: 10m)
restart  --pod  P  restart only this pod, by its name or its workload's name
restart  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
restart  --server  URL  address of the platform
restart  --allow-insecure  -  allow plain http to other machines (sends the token…
restart  --account  NAME  the account, if the argument does not name one
restart  --demo  -  use the embedded demo platform
restart  --ascii  -  print only ASCII characters (the default if the locale is…
cancel  -  -  Cancel a deploy in progress. The deploy then counts as…
cancel  -h  -  print this help
cancel  --help  -  print this help
cancel  --dry-run  -  print what would happen, and do nothing
cancel  --yes  -  do not ask; required without a terminal
cancel  --confirm  NAME  the agent's exact name, for deletions and in protected…
cancel  --wait  -  wait until the platform has finished
cancel  --timeout  TIME  how long to wait with --wait (default: 10m)
cancel  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
cancel  --server  URL  address of the platform
cancel  --allow-insecure  -  allow plain http to other machines (sends the token…
cancel  --account  NAME  the account, if the argument does not name one
cancel  --demo  -  use the embedded demo platform
cancel  --ascii  -  print only ASCII characters (the default if the locale is…
rollback  -  -  Roll an agent back or forward to another revision.
rollback  -h  -  print this help
rollback  --help  -  print this help
rollback  --dry-run  -  print what would happen, and do nothing
rollback  --yes  -  do not ask; required without a terminal
rollback  --confirm  NAME  the agent's exact name, for deletions and in protected…
rollback  --wait  -  wait until the platform has finished
rollback  --timeout  TIME  how long to wait with --wait (default: 10m)
rollback  --to  N  the number of the revision
rollback  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
rollback  --server  URL  address of the platform
rollback  --allow-insecure  -  allow plain http to other machines (sends the token…
rollback  --account  NAME  the account, if the argument does not name one
rollback  --demo  -  use the embedded demo platform
rollback  --ascii  -  print only ASCII characters (the default if the locale is…
trigger  -  -  Run one of an agent's manual ingestions now.
trigger  -h  -  print this help
trigger  --help  -  print this help
trigger  --dry-run  -  print what would happen, and do nothing
trigger  --yes  -  do not ask; required without a terminal
trigger  --confirm  NAME  the agent's exact name, for deletions and in protected…
trigger  --wait  -  wait until the platform has finished
trigger  --timeout  TIME  how long to wait with --wait (default: 10m)
trigger  .  INGESTION  the name of an ingestion whose trigger is manual
trigger  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
trigger  --server  URL  address of the platform
trigger  --allow-insecure  -  allow plain http to other machines (sends the token…
trigger  --account  NAME  the account, if the argument does not name one
trigger  --demo  -  use the embedded demo platform
trigger  --ascii  -  print only ASCII characters (the default if the locale is…
rename  -  -  Give an agent another display name.
rename  -h  -  print this help
rename  --help  -  print this help
rename  --dry-run  -  print what would happen, and do nothing
rename  --yes  -  do not ask; required without a terminal
rename  --confirm  NAME  the agent's exact name, for deletions and in protected…
rename  --wait  -  wait until the platform has finished
rename  --timeout  TIME  how long to wait with --wait (default: 10m)
rename  .  NAME  the new name
rename  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
rename  --server  URL  address of the platform
rename  --allow-insecure  -  allow plain http to other machines (sends the token…
rename  --account  NAME  the account, if the argument does not name one
rename  --demo  -  use the embedded demo platform
rename  --ascii  -  print only ASCII characters (the default if the locale is…
delete  -  -  Delete an agent and its data. This cannot be undone.
delete  -h  -  print this help
delete  --help  -  print this help
delete  --dry-run  -  print what would happen, and do nothing
delete  --yes  -  do not ask; required without a terminal
delete  --confirm  NAME  the agent's exact name, for deletions and in protected…
delete  --wait  -  wait until the platform has finished
delete  --timeout  TIME  how long to wait with --wait (default: 10m)
delete  .  ACCOUNT/AGENT  the agent; AGENT is enough if an account is set
delete  --server  URL  address of the platform
delete  --allow-insecure  -  allow plain http to other machines (sends the token…
delete  --account  NAME  the account, if the argument does not name one
delete  --demo  -  use the embedded demo platform
delete  --ascii  -  print only ASCII characters (the default if the locale is…
journal  -  -  Print the changes made from this machine, oldest first.
journal  -h  -  print this help
journal  --help  -  print this help
journal  --json  -  print a JSON list
journal  --ascii  -  print only ASCII characters (the default if the locale is…
"""
"""Command (`-` is none), option (`.` is an argument), its value (`-` is none), and what it does."""
