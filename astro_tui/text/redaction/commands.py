"""Passwords in command lines and protocol transcripts: `redis-cli -a x`, `curl -u user:x`, `PASS x`, `.pgpass` lines.

Each pattern captures what stays; what follows the capture is the secret. A list of arguments is read as the command
line that it forms, so that the same rules apply to both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from astro_tui.text.redaction.names import Kind, kind_of, kind_of_literal
from astro_tui.text.redaction.sentences import chosen_words
from astro_tui.text.redaction.values import (
    MASK,
    is_plain,
    is_secret_value,
    looks_like_credential,
    names_a_secret,
)
from astro_tui.text.redaction.words import chooser, lazy, word_set

ARGUMENTS = 10
"""The most items before an argument that can say what the argument is."""

_FLAG = lazy(r"--?(?!no-)[A-Za-z][A-Za-z0-9_.-]{0,99}")
_IDENTIFIER = lazy(r"-{0,2}[\w.-]{1,100}")
_PORTS = lazy(r"[\d.:,/-]+(?:tcp|udp)?|[./~].*|[^/=\n]*[/=].*|\d+:.*")
_USER = lazy(r"[\w.@+-]{1,64}:(?!\d+$|//)(\S+)")
_VERBS = word_set("add_user change_password authenticate_user alias password config secret secrets")
_SPACE = lazy(r"\s")


def commands(text: str) -> str:
    """Return a text with the passwords in command lines and netrc files replaced."""
    return masked_by(command_patterns(text.lower()), text)


def command_patterns(lower: str) -> list[re.Pattern[str]]:
    """Return the patterns of the commands that could be in a text in lower case."""
    return [_compiled(pattern) for pattern in _chosen()(lower)]


def masked_by(patterns: list[re.Pattern[str]], text: str) -> str:
    """Return the text with what the patterns match after their first group replaced, unless it is a placeholder."""
    for pattern in patterns:
        text = pattern.sub(_hidden, text)
    return text


def _hidden(match: re.Match[str]) -> str:
    kept = match.group(1)
    value = match.group()[len(kept) :]
    # Several values are hidden together, whatever one of them is.
    return match.group() if " " not in value and is_plain(value.strip("\"'")) else kept + MASK


def transcripts(text: str) -> str:
    """Return a text with the passwords that a client sends, and those in lines of `.pgpass`, replaced."""
    for pattern in _sent():
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def argument_reason(value: str, before: Sequence[str]) -> str | None:
    """Say why the arguments `before` an argument (nearest last) make it a secret, or return None."""
    if not before or (is_plain(value) and not value.startswith("-")):
        return None
    nearest, program = before[-1], before[0].rpartition("/")[2]
    flag = nearest.lstrip("-") if _FLAG().fullmatch(nearest) else ""
    if (
        len(flag) > 1
        and not value.startswith("-")
        and kind_of(flag) >= Kind.KEY
        and is_secret_value(kind_of_literal(flag), value)
        and (flag != "secret" or not names_a_secret(value))
    ):
        return "the flag before it suggests a secret"
    if nearest == "-p" and _is_unknown_password(program, before, value):
        return "the flag before it suggests a secret"
    if nearest in ("-u", "--user", "--proxy-user", "-U") and _USER().fullmatch(value):
        return "the flag before it suggests a secret"
    if nearest == "--value" and len(before) > 1 and _is_strong(before[-2], value):
        return "the name before it suggests a secret"
    if len(before) == 1 and _is_pair(nearest, value):
        return "the name before it suggests a secret"
    if not any(item.startswith("-") or item in _VERBS for item in (*before, value)):
        return None
    line = " ".join(_SPACE().sub("_", item) for item in before) + " "
    word = value if _SPACE().search(value) is None else f'"{value}"'
    return None if commands(line + word).endswith(word) else "it is a password in a command"


def _is_unknown_password(program: str, before: Sequence[str], value: str) -> bool:
    """Return whether `-p` of an unknown program takes a password; in many programs, it takes a port or a path."""
    if value.startswith("-") or _PORTS().fullmatch(value):
        return False
    return not any(_OTHER_PROGRAM().fullmatch(item) for item in (program, *before))


def _is_strong(name: str, value: str) -> bool:
    kind = kind_of(name)
    return kind >= Kind.KEY and is_secret_value(kind, value)


def _is_pair(name: str, value: str) -> bool:
    """Return whether the second item of a list is the value of the first: `["DB_PASSWORD", "x"]`."""
    if len(value) < 5 or value.startswith("-") or not _is_strong(name, value):
        return False
    if " " in value:
        if name.isupper() and kind_of(name) is Kind.PASSWORD and chosen_words(value):
            return True
        return _IDENTIFIER().fullmatch(name) is not None and any(
            any(map(str.isdigit, word)) and looks_like_credential(word) for word in value.split()
        )
    if kind_of(value) > Kind.PUBLIC:
        return False
    if _IDENTIFIER().fullmatch(name) is None:
        # `["API key", "x"]`
        return len(name.split()) <= 3 and any(map(str.isdigit, value))
    telling = name.isupper() or "_" in name or looks_like_credential(value) or not name.islower()
    return telling or any(map(str.isdigit, value))


_WORD = r"(?:\"[^\"\n]*\"?|'[^'\n]*'?|[^\s\"'|;]+)"
_START = r"(?<![\w.-])"
_OPTIONS = r"\s(?:[^\n|]{0,300}?\s)??"
_VARIABLE = r"(?![\"']?(?:[$<{%•]|\*{3})|[\"']{2}(?:\s|\Z))"
"""The value is not a variable, not a placeholder, and not empty."""
_ANY = rf"{_VARIABLE}{_WORD}"
_OPEN = r"(?:\\{0,4}(?:(\")|('))|)"
"""The quote around a user and a password. A pattern can have it once, and `_REST` after it."""
_REST = r"(?(2)[^\"\n]*[^\"\n\\]|(?(3)[^'\n]*[^'\n\\]|[^\s\"'|]+))"
"""A value that ends with the quote before it."""
_NO_PORT = rf"(?=[^\s]*[A-Za-z])(?![\-/.]|[\w.]*:\d|\d[\d.:-]*(?:\s|\Z)){_ANY}"
_LOGIN = (
    r"(?:machine\s{1,4}\S{1,200}\s{1,4}login\s{1,4}\S{1,200}|login\s{1,4}(?!and\s)\S{1,200}|machine\s{1,4}\S{1,200})"
)
_USER_WORD = r"[ ][\w.@+-]{1,64}[ ]"
_DOCUMENTED = r"[\"'\[(]?(?:[A-Z_]+|pass(?:word)?|pwd?|port|path|value)(?![^\s\"'`\])}])"
"""What a description of a command has instead of a value."""
_OTHER_P = (
    r"psql|pg_\w+|cp|scp|rsync|mkdir|install|tar|patch|ssh|sftp|nc|nmap|ps|git|python\d?|pytest"
    r"|docker(?:-compose)?|compose|podman|nerdctl|kubectl|helm|cargo|unshare|pip|test|zip|journalctl|systemctl|loginctl"
    r"|coredumpctl|diff|ab|ansible[\w-]*|virtualenv|tcpdump|sed|sort|lsof|pgrep"
)
"""Programs and subcommands with another meaning of `-p`; some of them have a row of their own."""
_OTHER_PROGRAM = lazy(f"(?a:{_OTHER_P})")
_UNKNOWN = (
    rf"(?:(?m:^)|[|;&])(?=[^\n|;&]{{0,464}}?[ ]-p[ ])"
    rf"(?!(?:[^\n|;&]{{0,400}}?[ /\"'`(])?(?:mysql\w*|mariadb[\w-]*|{_OTHER_P})[ ])"
    r"[^\n|;&]{0,400}?[ ]"
)
"""The start of a command and all before an option, if `-p` can be a password."""
_SAME_COMMAND = r"\s(?:[^\n|;&•]{0,300}?\s)??"
_FLAG_INSIDE = r"(?:[ ]--?[a-z][\w-]{0,20}(?:[ =][\w./-]{1,40})?){0,2}"
_NEXT = r"[ ][^\s\"'|]"

_FLAG_PATTERNS = (
    # Hints in lower case, separated by bars; programs; flags before a password; the password.
    ("-cli", r"redis-cli|valkey-cli|keydb-cli", r"-a|--pass", rf"(?!-){_ANY}"),
    ("ldap|kadmin", r"ldap\w{1,12}|kadmin(?:\.local)?", r"-w", rf"(?!-){_ANY}"),
    (
        "sqlcmd|bcp|ipmitool|zip|vnc|mosquitto",
        r"sqlcmd|bcp|ipmitool|zip|unzip|vncviewer|mosquitto_\w{3}",
        r"-P",
        _NO_PORT,
    ),
    ("sshpass|7z|rar|rdp|rdesktop|cqlsh", r"sshpass|7z[ar]?|unrar|rar|xfreerdp|rdesktop|cqlsh", r"-p", _NO_PORT),
    ("arangosh|rabbitmqadmin|twine|psexec", r"arangosh|rabbitmqadmin|twine|psexec", r"-p", _NO_PORT),
    (
        "mongo|lftp|ncftp|snowsql|-users",
        r"mongo\w{0,12}|lftp|ncftp\w{0,3}|elasticsearch-users|snowsql",
        r"-p",
        _NO_PORT,
    ),
    (
        " login",
        r"(?:docker|podman|nerdctl|skopeo|helm|buildah|oras|az|oc|astro)(?:[ ]\S{1,60}){0,3}[ ]login",
        r"-p",
        _NO_PORT,
    ),
    ("plink|pscp|psftp", r"plink|pscp|psftp", r"-pw", _NO_PORT),
    ("swaks", r"swaks", r"-ap", _NO_PORT),
    ("ssh-keygen", r"ssh-keygen", r"-N(?=[ ])", _ANY),
    ("ssh-keygen", r"ssh-keygen", r"-P(?=[ ])", _ANY),
    ("useradd|usermod|mycli|certutil", r"useradd|usermod|mycli|certutil", r"-p", _NO_PORT),
    ("expo|superset|altool|nuget", r"expo|superset|xcrun|nuget", r"-p", _NO_PORT),
    ("nuget", r"nuget", r"-k(?=[ ])", _NO_PORT),
    ("rar|7z", r"rar|7z[ar]?", r"-hp", _NO_PORT),
    ("openssl", r"openssl", r"-(?:k|K|hmac)(?=[ ])", _NO_PORT),
    ("ldappasswd", r"ldappasswd", r"-[sa](?=[ ])", rf"(?!-){_ANY}"),
    ("-password|irssi", r"security[ ]add-\w{1,20}-password|irssi", r"-w(?=[ ])", rf"(?!-){_ANY}"),
    ("snmp", r"snmp(?:get|walk|bulkwalk|set|getnext|table)", r"-A(?=[ ])", rf"(?!-){_ANY}"),
    ("snmp", r"snmp(?:get|walk|bulkwalk|set|getnext|table)", r"-X(?=[ ])", rf"(?!-){_ANY}"),
    ("vercel|codecov", r"vercel|codecov", r"-t(?=[ ])", _NO_PORT),
    ("netlify|xh ", r"netlify|xh", r"(?:-a|--auth)(?=[ =])", _NO_PORT),
    ("gem push", r"gem[ ]push", r"(?:-k|--key)(?=[ =])", _NO_PORT),
    ("secret set", r"gh[ ]secret[ ]set", r"-b|--body", _ANY),
    ("put-parameter|secret set", r"aws[ ]ssm[ ]put-parameter|az[ ]keyvault[ ]secret[ ]set", r"--value", _ANY),
    ("snmp", r"snmp(?:get|walk|bulkwalk|set|getnext|table)", r"-c", rf"{_VARIABLE}(?!public\s){_WORD}"),
)

_PATTERNS = (
    ("mysql|mariadb", rf"({_START}(?:mysql\w*|mariadb[\w-]*){_OPTIONS}-p)(?![$<{{ ]){_ANY}"),
    ("mysqladmin", rf"({_START}mysqladmin{_OPTIONS}password[ ]){_ANY}"),
    (
        "curl|wget|http",
        (
            rf"({_START}(?:curl|wget|https?|httpie)\s[^\n|]{{0,300}}?(?<=\s)"
            rf"(?:-[a-zA-Z]*u|--user|--proxy-user|-U|-a)[ =]?{_OPEN}[\w.@+-]{{0,64}}:)(?![$<{{/]){_REST}"
        ),
    ),
    ("etcdctl", rf"({_START}etcdctl{_OPTIONS}--user[ =]{_OPEN}[\w.-]{{1,64}}:)(?![$<{{]){_REST}"),
    (
        "smb|rpcclient|net ",
        rf"({_START}(?:smbclient|rpcclient|smbget|net){_OPTIONS}-U[ ]?{_OPEN}[\w\\.-]{{1,64}}%)(?![$<{{-]){_REST}",
    ),
    ("lftp", rf"({_START}lftp{_OPTIONS}-u[ ]?{_OPEN}[\w.@-]{{1,64}},)(?![$<{{-]){_REST}"),
    ("pass:", rf"((?<!\S)-pass(?:in|out)?[ =]{_OPEN}pass:){_VARIABLE}{_REST}"),
    ("htpasswd", rf"({_START}htpasswd[ ]-(?!\w*n)\w*b\w*\s\S{{1,200}}\s\S{{1,64}}\s){_ANY}"),
    ("htpasswd", rf"({_START}htpasswd[ ]-(?=\w*n)\w*b\w*\s(?:\d{{1,2}}\s)?\S{{1,64}}\s){_ANY}"),
    ("mosquitto_passwd", rf"({_START}mosquitto_passwd[ ]-b\s\S{{1,200}}\s\S{{1,64}}\s){_ANY}"),
    ("openssl passwd", rf"({_START}openssl[ ]passwd(?:[ ]-salt[ ]\S{{1,40}}|[ ]-\w{{1,12}}){{0,4}}+[ ])(?!-){_ANY}"),
    ("+@|~*", rf"({_START}user[ ][\w.-]{{1,60}}(?:[ ][^\s>]{{1,60}}){{0,4}}[ ]>)[^\s>]{{3,400}}"),
    (
        "\"-p|'-p",
        (
            r"([\"'](?:[\w/]{0,60}/)?(?:mysql\w{0,12}|mariadb[\w-]{0,12})[\"'](?:\s?,\s{0,4}[\"'][^\"'\n]{0,80}[\"']){0,10}"
            r"\s?,\s{0,4}[\"']-p)(?![$<{])[^\"'\n]{3,200}"
        ),
    ),
    ('auth"', r"(\"AUTH\"[ ]?,[ ]?(?:\"[^\"\n]{1,60}\"[ ]?,[ ]?)?\")[^\"\n•]{3,200}(?=\")"),
    # The output of `MONITOR` in Redis.
    ('auth"', r"((?:\"AUTH\"|\][ ]\"(?i:auth)\")[ ](?:\"[^\"\n]{1,60}\"[ ])?\")[^\"\n•]{3,200}(?=\")"),
    ("requirepass|masterauth", r"(\"(?i:requirepass|masterauth)\"[ ]\")[^\"\n•]{1,200}(?=\")"),
    ("send ", r"((?<![\w.])send(?:[ ]--)?[ ]\\*[\"'])(?=[^\"'\n]{0,60}\d)[^\s\"'\\$]{5,200}(?=\\+[rn])"),
    # Most programs with a user before it take a password for `-p`.
    (
        " -p ",
        (
            rf"({_UNKNOWN}(?:-u|--user(?:name)?)[ =](?!-|\w+://|\d+[ ])\S{{1,64}}[ ]-p[ ])"
            rf"(?!{_DOCUMENTED}|(?:prod|production|dev|staging|default)(?:\s|\Z)){_NO_PORT}"
        ),
    ),
    (
        "-p ",
        (
            rf"({_UNKNOWN}-p[ ])(?=\S*\d)(?=\S*[A-Za-z])(?![\"']?(?:[$<{{%•./~-]|\*{{3}}))[^\s:/=|;•]{{5,200}}"
            r"(?=[ ](?:-u|--user(?:name)?)[ =][^\s-])"
        ),
    ),
    # A command that stores a secret: `ast variable create NAME --value x --secret`.
    (
        "--value",
        (
            rf"({_START}secrets?[ ](?:create|set|add|put|update|new){_SAME_COMMAND}--(?:value|body|data)[ =])"
            rf"(?!{_DOCUMENTED}){_ANY}(?:[ ]--(?:value|body|data)[ =]{_ANY}){{0,5}}"
        ),
    ),
    (
        "secrets set|secret set|secrets create|secret create|secrets put|secret put",
        (
            rf"({_START}secrets?[ ](?:set|create|put)[ ]"
            r"(?:(?!--)[^\s|;&•]{1,100}[ ]|--(?:app|config|detach|env|project|repo|stage)[ =]){0,6}?"
            rf"{_OPEN}[A-Za-z_][\w.-]{{0,99}}=)"
            rf"(?!{_DOCUMENTED}|sqlite:)(?(2)[^\"\n]+|(?(3)[^'\n]+|{_ANY}))(?:[\"']?{_FLAG_INSIDE}[ ]"
            rf"(?:\"[A-Za-z_]\w{{0,99}}=[^\"\n]+|'[A-Za-z_]\w{{0,99}}=[^'\n]+|[A-Za-z_]\w{{0,99}}={_ANY})){{0,20}}"
        ),
    ),
    (
        "--value",
        (
            rf"({_START}(?:variables?|vars?|env|params?|parameters?|config)[ ](?:create|set|add|put|update|new)"
            rf"(?={_SAME_COMMAND}--(?:secret|sensitive|masked|encrypted?)\b){_SAME_COMMAND}--value[ =])"
            rf"(?!{_DOCUMENTED}){_ANY}"
        ),
    ),
    # A password as the last or only argument.
    (
        "vault login|bw unlock|cargo login",
        rf"({_START}(?:(?:vault|cargo)[ ]login|bw[ ]unlock)[ ])(?![\-\w]*=|-){_ANY}",
    ),
    ("wandb login", rf"({_START}wandb[ ]login[ ])(?=\S*\d){_ANY}"),
    ("bw login|wpa_passphrase", rf"({_START}(?:bw[ ]login|wpa_passphrase)[ ][^\s-]\S{{0,200}}[ ])(?!-){_ANY}"),
    ("admin user add", rf"({_START}mc[ ]admin[ ]user[ ]add{_NEXT}{{1,64}}{_NEXT}{{1,64}}[ ]){_ANY}"),
    ("user:password|user-password", rf"({_START}drush[ ]user[:-]password{_NEXT}{{1,64}}[ ]){_ANY}"),
    (
        "identify|/oper",
        rf"((?<!\S)(?i:nickserv[ ]:?identify(?:[ ]\w{{1,30}}(?=[ ]))?+|/oper[ ]\w{{1,30}})[ ])(?!-){_ANY}",
    ),
    ("iwconfig", rf"({_START}iwconfig{_OPTIONS}key[ ](?:s:)?+)(?!off|on|open|restricted){_ANY}"),
    ("rclone", rf"({_START}rclone{_OPTIONS}pass[ ])(?!-){_ANY}"),
    ("_pw", rf"((?<!\S)(?:user_pw|owner_pw|input_pw)[ ])(?:\w=)?{_ANY}"),
    ("--encrypt", rf"({_START}qpdf{_OPTIONS}--encrypt[ ]){_ANY}(?:[ ](?!\d{{2,3}}[ ]){_ANY})?(?=[ ]\d{{2,3}}[ ])"),
    ("encrypt_string", rf"({_START}ansible-vault[ ]encrypt_string[ ](?:--\S{{1,80}}[ ]){{0,3}})(?!-){_ANY}"),
    ("smbclient", rf"({_START}smbclient[ ][\\/]{{2,4}}\S{{1,200}}[ ])(?!-){_ANY}"),
    ("net use", rf"({_START}net[ ]use[ ](?:[\w*]:?[ ])?[\\/]{{2,4}}[^\s]{{1,200}}[ ])(?![/*]){_VARIABLE}[^\s\"'|]+"),
    ("curl", rf"({_START}curl{_OPTIONS}(?:-E|--cert)[ ]{_OPEN}[\w./-]{{1,200}}:)(?![$<{{/\\]){_REST}"),
    (
        "composer",
        rf"({_START}composer[ ]config[ ](?:-\S+[ ]){{0,3}}(?:\w{{1,12}}-(?:oauth|token)|bearer)\.\S{{1,200}}[ ]){_ANY}",
    ),
    (
        "<<<",
        (
            rf"({_START}(?:secrets?[ ](?:create|set|add|put)|sudo[ ][^\n|<]{{0,60}}-S|gpg2?|kinit|pass|secret-tool"
            r"|runas|vncpasswd|cryptsetup|docker|passwd|su)"
            rf"(?:[ ][^\n|<]{{0,200}})?<<<[ ]?){_ANY}"
        ),
    ),
    (
        "\"-p|'-p",
        (
            r"([\"']-P\\*[\"']\s{0,4},\s{0,4}\\*[\"'])(?=[^\"'\n]{0,200}[A-Za-z])"
            r"[^\"'\n\\/=:•-][^\"'\n\\/=:]{0,200}(?=\\*[\"'])"
        ),
    ),
    (
        "echo |printf ",
        (
            r"((?i:(?:pass|secret|token)[\w-]{0,20})[= ][\"'<(]{0,3}(?:echo|printf)[ ](?:-n[ ])?[\"']?)"
            r"(?![$<{])[^\s\"'|)]{3,200}"
        ),
    ),
    (
        "rabbitmqctl",
        rf"({_START}rabbitmqctl{_OPTIONS}(?:add_user|change_password|authenticate_user){_USER_WORD}){_ANY}",
    ),
    (
        "alias|config host",
        (
            rf"({_START}mc(?:li)?[ ](?:alias|config[ ]host)[ ](?:set|add){_NEXT}{{1,64}}"
            rf"{_NEXT}{{1,200}}{_NEXT}{{1,200}}[ ]){_ANY}"
        ),
    ),
    ("snmp-server", rf"({_START}snmp-server[ ]community[ ]){_VARIABLE}(?!public\s){_WORD}"),
    ("ngrok|snyk", rf"({_START}(?:ngrok|snyk)[ ](?:config[ ])?(?:auth|authtoken|add-authtoken)[ ])(?!-){_ANY}"),
    (
        "http-basic",
        rf"({_START}(?:poetry|composer)[ ]config[ ](?:-\S+[ ])?http-basic\.\S{{1,200}}{_USER_WORD}){_ANY}",
    ),
    (
        "user-secrets|gh secret|wp config",
        (
            rf"({_START}(?:dotnet[ ]user-secrets|gh[ ]secret|wp[ ]config)[ ]set[ ]"
            rf"(?i:[\"']?[\w.:-]{{0,64}}(?:password|secret|token|key)[\w.-]{{0,20}}[\"']?)[ ]){_ANY}"
        ),
    ),
    ("create secret", rf"((?<![\w-])--from-literal[ =]{_OPEN}[\w.-]{{1,100}}=){_VARIABLE}{_REST}"),
    ("kinit", rf"({_START}kinit(?:[ ]-(?!\w*t)\w+)*(?![ ]-){_USER_WORD})(?![-@]){_VARIABLE}[^\s\"'|]+"),
    (
        "oracle:|sqlplus|rman|expdp|impdp",
        (
            rf"({_START}(?:oracle:\w{{1,10}}:|(?:sqlplus|rman|expdp|impdp|exp|imp)[ ](?:[^\n|]{{0,60}}[ ])?)"
            r"[\w.-]{1,64}/)(?![$<{/])[^\s@/\"']{1,200}(?=@)"
        ),
    ),
    ("login|machine", rf"({_START}{_LOGIN}\s{{1,4}}password\s{{1,4}})(?![$<{{])\S+"),
    (
        "echo |printf ",
        (
            rf"({_START}(?:echo\s{{1,4}}(?:-[ne]{{1,2}}\s)?|printf\s{{1,4}}(?:[\"']?%s(?:\\n)?[\"']?\s)?){_OPEN})"
            r"(?![$<{])(?(2)[^\"\n]{4,200}|(?(3)[^'\n]{4,200}|[^\s\"'|]{4,200}))(?=[\"']?\s{0,4}\|\s{0,4}"
            r"(?:(?:docker|podman|helm|sudo|gpg2?|gh|kubectl|oc|passwd)\s[^\n|]{0,200}"
            r"(?:--password-stdin|-S\b|--passphrase-fd|--with-token|secret\s(?:set|create)|create\ssecret|--stdin)"
            r"|(?:vncpasswd|kinit|cryptsetup|htpasswd\s-\w{0,4}i)\b))"
        ),
    ),
    (
        "chpasswd",
        (
            rf"({_START}echo\s{{1,4}}(?:-n\s)?{_OPEN}[\w.-]{{1,64}}:)(?![$<{{])"
            r"(?(2)[^\"\n]{2,200}|(?(3)[^'\n]{2,200}|[^\s\"'|]{2,200}))(?=[\"']?\s{0,4}\|\s{0,4}chpasswd)"
        ),
    ),
    # Windows.
    ("/p|/rp:", rf"((?<!\S)/(?:p|pass|passwd|password|pwd|rp):){_VARIABLE}(?![\w.]+=){_WORD}"),
    ("schtasks|signtool", rf"({_START}(?:schtasks|signtool){_OPTIONS}/r?p[ ])(?!/){_ANY}"),
    ("winrs", rf"({_START}winrs{_OPTIONS}-p:){_ANY}"),
    ("net use", rf"({_START}net[ ]use[ ][^\n|]{{1,200}}[ ]/user:\S{{1,64}}[ ])(?!/){_VARIABLE}[^\s\"'|]+"),
    ("net user", rf"({_START}net[ ]user[ ]\S{{1,64}}[ ])(?!/){_VARIABLE}[^\s\"'|]+(?=[ ]/)"),
    ("securestring", rf"((?i:convertto-securestring)[ ](?:-\w{{1,20}}[ ]){{0,3}})(?=[\"']){_ANY}"),
)

COMMAND_HINTS = frozenset(hint for row in (*_FLAG_PATTERNS, *_PATTERNS) for hint in row[0].split("|"))
"""In lower case. Every command with a password contains one of these."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?a:{pattern})")


@cache
def _chosen() -> Callable[[str], list[str]]:
    flags = (
        (hints, rf"({_START}(?:{programs}){_OPTIONS}(?:{flags})[ =]?){value}")
        for hints, programs, flags, value in _FLAG_PATTERNS
    )
    return chooser((*flags, *_PATTERNS))


@cache
def _sent() -> tuple[re.Pattern[str], ...]:
    # FTP, POP, IMAP, SMTP, Redis, and IRC.
    sent = r"(?:(?:\A|(?<=[\n\"'`>;|:])|(?<=\\n))[ ]{0,3}(?:C: ?)?"
    # A word may be the outcome of a test (`PASS login`) or of a command; what a client sends has digits or symbols.
    file = r"[\w./-]{1,200}\.[a-z]{1,4}(?:\s|\Z)"
    value = rf"{_VARIABLE}(?=[^\s\"'`;]*[\d!#$%^&*+=])(?!{file}|[\d.,:]+(?:\s|\Z))[^\s\"'`;]{{3,400}}"
    methods = "PLAIN|LOGIN|XOAUTH2|NTLM|OAUTHBEARER|EXTERNAL"
    end = r"(?=[ \t]*(?:\Z|[\n\r\"'`;|]|\\[nr]))"
    patterns = (
        rf"({sent}(?:PASS|AUTH|IDENTIFY)[\"']?[ ][\"']?)){value}{end}",
        rf"({sent}(?:AUTH|HELLO[ ]\d[ ]AUTH)[ ](?!PLAIN|LOGIN)[\w.@-]{{1,64}}[ ])){value}{end}",
        rf"({sent}(?:[\w.]{{1,8}}[ ])?(?:AUTH|AUTHENTICATE)[ ](?:{methods})[ ]))[A-Za-z0-9+/_-]{{8,}}={{0,2}}",
        rf"({sent}[\w.]{{1,8}}[ ]LOGIN[ ][\"']?[\w.@+-]{{1,64}}[\"']?[ ][\"']?)){value}",
        # What a log says of it: `sent AUTH x -> WRONGPASS`.
        (
            r"((?<![A-Za-z])(?i:sent|sends?|sending|command|cmd)[: ]{1,2}[\"'`]?AUTH[ ])"
            rf"(?!SCRAM|CRAM|DIGEST|PLAIN|LOGIN|NTLM|TLS|(?i:[a-z]{{3,12}}\d{{1,2}}(?![\w-])))"
            rf"(?=[^\s\"'`;]*[A-Za-z]){value}"
        ),
        r"((?<![A-Za-z])USER[ ]\S{1,64}\s{1,4}(?:C: |>+ ?)?PASS[ ])(?![$<{%*•])[^\s\"'`;]{3,400}",
        # A line of `.pgpass`.
        (
            r"((?m:^[ \t]{0,8})[\w.*-]{1,200}:(?:\d{1,5}|\*):[\w.*-]{1,63}:[\w.*-]{1,63}:)"
            rf"{_VARIABLE}[^\s:\"']{{3,200}}(?=\s|\Z)"
        ),
    )
    return tuple(re.compile(f"(?a:{pattern})") for pattern in patterns)
