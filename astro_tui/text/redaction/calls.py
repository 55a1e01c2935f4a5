"""Secrets in code, in what programming languages print, and in configuration that has no `name=value`."""

from __future__ import annotations

from astro_tui.text.redaction.shape import (
    OPEN,
    Shape,
    always,
    by_name,
    called,
    cell,
    configured,
    credential,
    encoded,
    followed,
    given,
    in_quotes,
    login,
    mixed,
    mixed_by_name,
    option,
    said,
    strongly,
    telling,
)

_NAME = r"[A-Za-z_][\w.-]{0,99}+"
_QUOTED = r"([^\"'\n\\]{3,400})(?=\\*[\"'][ ]?\))"

_ENCODED = r"(?:%22|%27|&quot;|&\#3[49];|&\#x2[27];|\\u002[27]|\\x2[27])"
"""A quote."""
_MOST_COLUMNS = 6
_ANY = in_quotes(r"[^\s\"']{1,400}")
_ARGUMENT = in_quotes(r"[^\s\"'|]{1,400}")
_SET = in_quotes(r"[^\s\"'=]{1,400}")
_CONFIGURED = in_quotes(r"[^\s\"'=:;,(){}]{5,400}")

CODE = (
    # A call with a user and a password.
    Shape(
        "(",
        (
            r"(?ai:()(basicauth|basic_auth|networkcredential|pscredential|passwordcredentials|passwordauthentication"
            r"|credentials|(?<![a-z])auth)([ ]?=?[ ]?\((?:[^()\"'\n]{0,80},[ ]?)?\\*[\"'][^\"'\n]{1,80}[\"'][ ]?,"
            r"[ ]?\\*[\"'])([^\"'\n\\]{3,200})(?=\\*[\"'][ ]?\)))"
        ),
        always,
    ),
    Shape(
        "(",
        (
            r"(?ai:()(login|connection|connect|authenticate|signin)(\((?:[^()\"'\n]{0,80},[ ]?)?\\*[\"']"
            r"[^\"'\n]{1,80}[\"'][ ]?,[ ]?\\*[\"'])([^\"'\n\\]{3,200})(?=\\*[\"'][ ]?\)))"
        ),
        credential,
    ),
    # A call with an address, a user, and a password.
    Shape(
        "pdo|mysqli|connect",
        (
            r"(?ai:()(pdo(?:->__construct)?|mysqli(?:->__construct|_connect)?|\w{0,20}connection|\w{0,20}connect)"
            r"([ ]?\([ ]?(?:\\*[\"'][^\"'\n]{1,200}\\*[\"'][ ]?,[ ]?)\\*[\"'][^\"'\n]{1,80}\\*[\"'][ ]?,[ ]?\\*[\"'])"
            r"([^\"'\n\\]{3,200})(?=\\*[\"']))"
        ),
        always,
    ),
    # A call with one argument, and the constructor of a string.
    Shape("(", rf"(?a:(?<!\w)()({_NAME})([ ]?\([ ]?\\*[\"']){_QUOTED})", called),
    Shape("(", rf"(?a:(\.)(auth)([ ]?\([ ]?\\*[\"']){_QUOTED})", credential),
    Shape("{", rf"(?a:(?<!\w)()({_NAME})(\{{\\*[\"'])([^\"'\n\\]{{3,400}})(?=\\*[\"']\}}))", strongly),
    # A pair that is printed: `creds -> ('bot', 'x')`.
    Shape(
        "cred",
        (
            r"(?ai:(?<![a-z])()(creds|credentials)([\"']?[ ]?(?:->|=>|=|:)[ ]?\(\\*[\"']"
            r"[^\"'\n\\]{1,80}\\*[\"'],[ ]?\\*[\"'])([^\"'\n\\]{3,200})(?=\\*[\"']\)))"
        ),
        always,
    ),
    # A form that a browser fills in: `selector="#password" value="x"`.
    Shape(
        "value=|text=",
        (
            r"(?ai:((?:selector|field|locator|id|name|input|label)=\\*[\"'][^\"'\n]{0,60}?)(password|passwd|passphrase)"
            r"([^\"'\n]{0,20}\\*[\"'],?[ ](?:value|text)=\\*[\"'])([^\s\"'\\]{3,200})(?=\\*[\"']))"
        ),
        said,
    ),
    # Erlang, Lisp: `{password, "x"}`, `(password . "x")`.
    Shape("{|(", r"(?a:([{(])([a-z_][\w-]{1,60}+)([ ]?[,.][ ]?\")([^\"\n\\]{3,400})(?=\"[})]))", strongly),
    # PHP: `s:8:"password";s:3:"abc"`.
    Shape("s:", rf"(?a:(s:\d{{1,4}}:\\*\")({_NAME})(\\*\";s:\d{{1,5}}:\\*\")([^\"\n\\]{{1,400}}))", by_name),
    # A Terraform block.
    Shape(
        "variable |output |secret ",
        (
            rf"(?a:((?:variable|output|secret)[ ]\\*\")({_NAME})"
            r"(\\*\"[ ]?\{[^{}]{0,400}?(?<!\w)(?:default|value)[ ]{0,9}=[ ]{0,4}\\*\")([^\"\n\\]{1,400}))"
        ),
        by_name,
    ),
    # SQL.
    Shape(
        "password |passwd |passphrase |identified ",
        (
            r"(?ai:(?<![a-z])()(password|passwd|passphrase"
            r"|identified[ ](?:with[ ]\S{1,60}[ ])?(?:by|as)(?:[ ]password)?)"
            r"([ ]{1,4}[\"'])([^\s\"'][^\"'\n]{0,399})(?=[\"']))"
        ),
        always,
    ),
    Shape(
        "identified by ", r"(?ai:()(identified)([ ]by[ ]{1,4})(?!password|values|externally)([^\s\"';]{3,200}))", always
    ),
    # A list of columns with a password, and the values of one row. Before the last one, the values may be anything.
    Shape(
        "values",
        (
            r"(?ai:([(,][ ]?[`\"]?)(password|passwd|pwd|secret|token|api_key)"
            r"([`\"]?\)\s{1,4}values\s{0,4}\((?:[^()]{0,400},)?"
            r"[ ]{0,4}')([^'\n]{1,400})(?='[ ]?\)))"
        ),
        always,
    ),
    *(
        Shape(
            "values",
            (
                rf"(?ai:(\((?:[^(),]{{1,60}},){{{place}}}[ ]?[`\"]?)(password|passwd|pwd|secret|token|api_key)"
                r"([`\"]?(?:,[^(),]{1,60}){0,20}\)\s{1,4}values\s{0,4}\("
                rf"(?:\s{{0,4}}(?:[NEB]?'[^'\n]{{0,400}}'|[^'(),]{{0,60}}),){{{place}}}\s{{0,4}}')([^'\n]{{1,400}})(?='))"
            ),
            always,
        )
        for place in range(_MOST_COLUMNS)
    ),
)

SETTINGS = (
    # A Dockerfile, a shell that sets a variable, a web server, or a proxy.
    Shape(
        "env|arg|set|param|header|option",
        (
            rf"(?aim:((?:^[ \t]{{0,20}}ENV|^[ \t]{{0,20}}ARG|(?<![a-z])set(?:x|env)?(?:[ ]-[gxU]{{1,3}})?"
            r"|(?<![a-z])[a-z]{2,12}_param"
            r"|(?<![a-z])(?:proxy_set|add|more_set|set)[_-]headers?|config[ ]set(?:[ ]--?[a-z]{1,12})?"
            r"|(?<![a-z])secrets?[ ]set)[ ]{1,4}[\"']?)([A-Za-z_][\w.:-]{0,99}+)"
            rf"([\"']?[ ]{{1,4}}{OPEN})((?!-){_SET})"
            r"(?=\\{0,4}[\"']?[ ]{0,4}(?:\n|\Z|&&|;|[ ]-)))"
        ),
        strongly,
    ),
    Shape(
        "requirepass|masterauth",
        rf"(?ai:(?<![a-z])()(requirepass|masterauth)([ ]{{1,4}}{OPEN})({_ANY}))",
        always,
    ),
    Shape("login=", r"(?a:(?<!\w)(login=)([\w.@\\-]{1,64})(:)(?![$<{])([^\s:\"']{3,400}))", always),
    # `--secret id=npm` only names a secret.
    Shape(
        "--secret",
        (
            rf"(?a:((?<![\w-])--secret[ ])((?:(\")|(')|)[A-Za-z_][\w.-]{{0,99}}+)(={OPEN})"
            rf"((?(3)[^\"\n]{{1,400}}|(?(4)[^'\n]{{1,400}}|{_ARGUMENT}))))"
        ),
        given,
    ),
    # An option of a command, but not `-pSECRET`.
    Shape(
        " -|--|'-|\"-",
        (
            rf"(?a:((?<![\w-])--|(?<![\w-])-(?!p(?!ass|wd|rivate)))([A-Za-z][\w.-]{{1,60}}+)([ \t]{OPEN})"
            rf"((?!-){_ARGUMENT}))"
        ),
        option,
    ),
    Shape(
        "--value",
        (
            r"(?a:((?<![\w.-])(?:variables?|vars?|env|params?|config)[ ](?:create|set|add|put|update|new)[ ])"
            rf"([A-Za-z_][\w.-]{{0,99}}+)([ ](?:[^\n|;&•]{{0,100}}?[ ])??--value[ =]{OPEN})"
            rf"({_ARGUMENT}))"
        ),
        strongly,
    ),
    Shape("--", r"(?a:((?<![\w-])--)([A-Za-z][\w.-]{2,60}+)(,[ ])([^\s\"',\]-][^\s\"',\]]{0,400}))", telling),
    # A user and a password for one option: `user = "bot:x"`, `--auth bot:x`, `stats auth bot:x`.
    Shape(
        "-u |user|--auth|--cred|--basic|stats auth",
        (
            r"(?aim:(?<![\w-])(-u|--?(?:basic-?)?auth|--?cred(?:ential)?s|--?user(?:pass)?|--?proxy-?user"
            r"|^[ \t]{0,8}(?:proxy-?)?user|stats[ ]auth)"
            r"((?:[ ]|[ ]?=[ ]?)(?:(\")|(')|))([\w.@+-]{1,64}:)(?!//|\s)((?(3)[^\"/@\n]{5,200}"
            r"|(?(4)[^'/@\n]{5,200}|[^\s\"'/@]{5,200})))(?=[\"'\s]|\Z))"
        ),
        login,
    ),
    # A line of a configuration file: `bindpw x`, `rootpw --plaintext x`.
    Shape(
        "pw|pass|secret|token|cred",
        (
            rf"(?am:(^[ \t+>]{{0,20}})(?![\w.-]{{0,99}}(?i:key)[ \t])({_NAME})((?:[ ]--\w{{2,12}})?[ \t]{{1,20}}{OPEN})"
            rf"({_CONFIGURED})(?=\\{{0,4}}[\"']?;?[ \t]*$))"
        ),
        configured,
    ),
    # `ssh_key ed25519` is a kind of key.
    Shape(
        "key",
        (
            rf"(?am:(^[ \t+>]{{0,20}})(?=[\w.-]{{0,99}}(?i:key)[ \t])({_NAME})([ \t]{{1,20}}[\"']?)"
            r"([^\s\"'=:;,(){}]{8,400})(?=[\"']?;?[ \t]*$))"
        ),
        followed,
    ),
    # A table cell beside its name, and the last cell of a CSV row whose last heading is the name.
    Shape(
        ("|",),
        rf"(?a:(\|[ ]{{0,20}}[`*]{{0,2}})({_NAME})([`*]{{0,2}}[ ]{{0,40}}\|[ ]{{0,4}}`?)"
        r"([^\s|()`]{5,400})(?=`?[ ]{0,400}\|))",
        cell,
    ),
    # A table without bars around it may also be commands: `print_password | md5sum`.
    Shape(
        ("|",),
        (
            r"(?am:(^[ \t]{0,20})([A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})([ ]{0,40}\|[ ]{0,4})"
            r"([^\s|()]{5,400})(?=[ ]{0,400}(?:\||\r?$)))"
        ),
        cell,
    ),
    # Users of JAAS, the logins of Java.
    Shape("loginmodule", r"(?a:(?<![\w.-])(user_)([\w.@-]{1,60})(=\\*\")([^\"\\\n]{1,400}))", always),
    Shape(
        "\n",
        (
            r"(?aim:^([^\n]{0,200},)(password|passwd|pwd|secret|token|api_?key)"
            r"([ ]?\n(?:[^\n,]{0,200},){1,20})([^\s,\"']{5,400})$)"
        ),
        mixed,
    ),
    # A CSV row with the name of a variable before its value.
    Shape(
        ",",
        r"(?am:^()([A-Za-z]\w{0,60}_\w{1,40}+)(,\"?)([^\s,;\"']{8,400})(?=\"?\r?$))",
        mixed_by_name,
    ),
    # A password can be shorter, but `user_password,hash+salt` says how it is stored.
    Shape(
        ",",
        r"(?aim:^()([a-z]\w{0,60}_(?:pass|passwd|password|pwd))(,\"?)([^\s,;\"'+]{5,7})(?=\"?\r?$))",
        mixed_by_name,
    ),
    # Routers and VPNs.
    Shape(
        "secret |key |password ",
        (
            r"(?a:((?<!\w)(?:enable|username[ ]\S{1,40}(?:[ ]privilege[ ]\d{1,2})?"
            r"|(?:tacacs|radius)-server(?:[ ]host[ ]\S{1,60})?"
            r"|isakmp|ospf|neighbor[ ]\S{1,60})[ ])((?:authentication-)?key|secret|(?:insecure-)?password)"
            r"([ ](?:\d[ ])?)([^\s\"']{4,200}))"
        ),
        mixed,
    ),
    Shape(
        "psk |eap |xauth |ascii-text",
        r"(?ai:((?::[ ]{0,4}|pre-shared-key[ ]))(psk|eap|xauth|ascii-text)([ ]{1,4}\")([^\"\n]{3,400})(?=\"))",
        always,
    ),
    Shape(
        ":25|:465|:587",
        r"(?am:(^\[?[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}\]?)(:\d{2,5}[ \t]{1,8})([\w.@+-]{1,64}:)([^\s\"'/@]{5,200})$)",
        mixed,
    ),
    Shape("wifi:", r"(?a:(WIFI:)([^\n]{0,200}?;)(P:)([^;\n]{4,100})(?=;))", always),
    # YAML with the value on the lines below.
    Shape(
        "\n",
        (
            rf"(?am:((?:^|\\n)[ \t-]{{0,40}})({_NAME})(:[ ]?[|>][+-]?[ ]{{0,4}}\n[ \t]{{1,40}})"
            r"([^\s][^\n]{0,4000}(?:\n[ \t]{1,40}[^\n:]{1,400}(?=\n|\Z))*))"
        ),
        strongly,
    ),
    Shape(
        "\n",
        (
            rf"(?am:(^[ \t]{{0,40}})({_NAME})(:[ ]{{0,4}}\n[ \t]{{1,40}}[\"']?)"
            r"([^\s:\"'#-][^\s:\"']{4,400})(?=[\"']?\s*\Z))"
        ),
        strongly,
    ),
    # Texts that are encoded for a URL, a page, or a script.
    Shape(
        "%22|%27|&quot;|&#|\\u002|\\x2",
        (
            rf"(?ai:((?:{_ENCODED}|(?<![\w.%&;-])))([a-z_][\w.-]{{0,99}}+)"
            rf"({_ENCODED}(?:[ +]|%20)?(?::|=|%3a|%3d)(?:[ +]|%20)?{_ENCODED})"
            r"((?:(?!%2[27]|&quot;|&\#|\\u002|\\x2[27])[^\s\"'<>]){1,400}))"
        ),
        by_name,
    ),
    Shape(
        "=&quot;|=&#|=\\u002",
        (
            r"(?ai:(?<![\w.-])()([a-z_][\w.-]{0,99}+)(=(?:&quot;|&\#3[49];|\\u002[27]))"
            r"((?:(?!&quot;|&\#|\\u002)[^\s\"'<>]){1,400}))"
        ),
        by_name,
    ),
    Shape(
        "%3d|%3a",
        (
            r"(?ai:((?:%26|%3f|%7b|%2c|%20|(?<![\w.%-])))([a-z_](?:[\w.-](?!%26)){0,98}+[\w.-]?)(%3[da](?:%20|\+)*+)"
            r"((?:(?!%26|%22|%27|%20|%2c|%7d)[^\s\"'<>&+]){1,400}))"
        ),
        encoded,
    ),
)
