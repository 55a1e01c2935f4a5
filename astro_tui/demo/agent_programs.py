"""The programs of the demo's agents: each writes in its own style, and now and then something that is hard to draw."""

from __future__ import annotations

from astro_tui.demo.scenes import AT_ONCE, MILLISECOND, Program, Scene, lines_of

# What is hard to draw: colors, a bell, a title, markup, a progress bar, wide and right-to-left letters.
_HOSTILE = (
    Scene([("info", "\x1b[32m✔\x1b[0m step \x1b[1m%(few)d\x1b[0m of 12 finished\x07")]),
    Scene([("notice", "\x1b]0;claims\x07\x1b[2J\x1b[Hreading batch %(n)d; [red]retrying[/] is [b]not[/b] markup")]),
    Scene([("", "download  17%%\rdownload  58%%\rdownload 100%% of model-%(few)d.bin")]),
    Scene([("verbose", "answer in 日本語 and in עברית for %(user)s: 👩‍💻 done\u202etxt.exe")]),
)
_REPEATED = Scene([("warn", "connection to the vector store was closed, connecting again")] * 5, 0)
_RETRIED = Scene([("info", f"waiting for the rate limit of the model, attempt {n}") for n in range(1, 4)], 0)


_ACCESS = Scene(
    [
        ("info", '10.4.2.%(few)d - %(user)s "POST /v1/messages HTTP/1.1" 200 %(tokens)d "-" "astro-web/3.1"'),
        ("info", '10.4.2.%(few)d - - "GET /healthz HTTP/1.1" 200 2 "-" "kube-probe/1.30"'),
    ],
    aside=True,
)
_SLACK = Scene([("debug", "ack envelope=%(id)s type=message user=%(user)s took=%(few)dms")], aside=True)

_JSON_AGENT = Program(
    600 * MILLISECOND,
    (
        Scene(
            [
                ("info", '{"level":"info","msg":"request started","request_id":"%(id)s","path":"/v1/messages"}'),
                ("debug", '{"level":"debug","msg":"passages found","request_id":"%(id)s","hits":%(few)d,"took_ms":9}'),
                (
                    "info",
                    (
                        '{"level":"info","msg":"model answered","request_id":"%(id)s","model":"claude-sonnet",'
                        '"usage":{"input_tokens":%(tokens)d,"output_tokens":%(n)d},"stop":"end_turn"}'
                    ),
                ),
                (
                    "info",
                    (
                        '{"level":"info","msg":"request finished","request_id":"%(id)s","status":200,'
                        '"duration_ms":%(ms)d,"user":"%(user)s"}'
                    ),
                ),
            ]
        ),
        _ACCESS,
        Scene(
            [
                ("info", '{"level":"info","msg":"tool call","tool":"%(tool)s","request_id":"%(id)s"}'),
                ("info", '{"level":"info","msg":"tool result","tool":"%(tool)s","rows":%(n)d,"took_ms":%(ms)d}'),
            ]
        ),
        _SLACK,
        Scene([("trace", '{"level":"trace","msg":"cache","event":"refreshed","entries":%(n)d,"evicted":%(few)d}')]),
        _RETRIED,
        Scene(
            [
                (
                    "debug",
                    (
                        '{"level":"debug","msg":"calling tool","tool":"%(tool)s","headers":{"accept":"text/csv",'
                        '"authorization":"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmVkLWJ5LW5vYm9keQ"}}'
                    ),
                )
            ]
        ),
        *_HOSTILE,
    ),
    (
        Scene([("warn", '{"level":"warn","msg":"slow tool","tool":"%(tool)s","took_ms":%(ms)d,"limit_ms":500}')]),
        _REPEATED,
    ),
    (
        Scene(
            [
                (
                    "error",
                    (
                        '{"level":"error","msg":"request finished","request_id":"%(id)s","status":502,'
                        '"user":"%(user)s","err":{"type":"UpstreamTimeout","message":"no answer in 30 s",'
                        '"retryable":true}}'
                    ),
                )
            ]
        ),
        Scene([("fatal", '{"level":"fatal","msg":"worker %(few)d ran out of heap and was replaced","heap_mb":%(n)d}')]),
        Scene(
            lines_of(
                "error",
                "TypeError: Cannot read properties of undefined (reading 'rows')\n"
                "    at readRows (/app/dist/tools/crm.js:88:21)\n"
                "    at async callTool (/app/dist/agent/loop.js:142:18)\n"
                "    at async answer (/app/dist/agent/loop.js:57:9)\n"
                "    at async /app/dist/server.js:31:5",
            ),
            AT_ONCE,
        ),
    ),
)
_PYTHON_AGENT = Program(
    900 * MILLISECOND,
    (
        Scene(
            [
                ("INFO", "agent.chat: conversation %(id)s opened by %(user)s"),
                ("DEBUG", "agent.memory: %(few)d of %(n)d notes are relevant"),
                ("INFO", "agent.chat: answered %(id)s in %(ms)d ms (%(tokens)d tokens in, %(n)d out)"),
            ]
        ),
        Scene([("INFO", "agent.tools: %(tool)s returned %(n)d rows in %(ms)d ms")]),
        _ACCESS,
        Scene([("INFO", "agent.queue: %(few)d messages are waiting")]),
        _SLACK,
        Scene([("DEBUG", "sqlalchemy.pool: connecting to postgres://agent:hunter2-demo@db.internal:5432/agent")]),
        *_HOSTILE,
    ),
    (
        Scene([("WARNING", "agent.tools: %(tool)s took %(ms)d ms, more than its budget of 500 ms")]),
        Scene([("WARNING", "agent.model: answer was cut at %(tokens)d tokens, asking again")]),
    ),
    (
        Scene(
            lines_of(
                "ERROR",
                "agent.tools: %(tool)s failed, answering without it\n"
                "Traceback (most recent call last):\n"
                '  File "/app/agent/tools.py", line 88, in call\n'
                "    response = await self.client.post(url, json=arguments)\n"
                "               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
                '  File "/usr/lib/python3.12/site-packages/httpx/_client.py", line 1859, in post\n'
                "    return await self.request(\n"
                "httpx.ReadTimeout: no answer in 30 s",
            ),
            AT_ONCE,
        ),
        Scene([("CRITICAL", "agent.pool: worker %(few)d stopped answering and was replaced")]),
    ),
)
_LOGFMT_AGENT = Program(
    1500 * MILLISECOND,
    (
        Scene(
            [
                ("info", 'level=info msg="message received" channel=slack thread=%(id)s user=%(user)s'),
                ("dbg", 'level=dbg msg="prompt built" thread=%(id)s tokens=%(tokens)d examples=%(few)d'),
                ("info", 'level=info msg="reply sent" thread=%(id)s status=200 took=%(ms)dms cost_usd=0.00%(n)d'),
            ]
        ),
        Scene([("info", 'level=info msg="tool finished" tool=%(tool)s rows=%(n)d took=%(ms)dms cached=false')]),
        _SLACK,
        Scene([("info", "level=info msg=heartbeat goroutines=41 heap_mb=%(n)d open_threads=%(few)d")]),
        Scene([("dbg", 'level=dbg msg="settings loaded" openai_api_key=sk-demo-3fJ9xQ2LmN8vR5tY7wZ1aB4c timeout=30s')]),
        _RETRIED,
        *_HOSTILE,
    ),
    (Scene([("wrn", 'level=wrn msg="rate limited by the model" retry_in=%(few)ds thread=%(id)s')]), _REPEATED),
    (
        Scene([("crit", 'level=crit msg="disk of the cache is full, going on without it" free_mb=0')]),
        Scene([("err", 'level=err msg="upstream failed" status=502 tool=%(tool)s thread=%(id)s error="i/o timeout"')]),
        Scene(
            lines_of(
                "err",
                "http: panic serving 10.4.2.%(few)d:51234: runtime error: index out of range [3] with length 3\n"
                "goroutine %(n)d [running]:\n"
                "net/http.(*conn).serve.func1()\n"
                "\t/usr/local/go/src/net/http/server.go:1903 +0xbe\n"
                "main.(*Desk).pick(0xc000112000, 0x3)\n"
                "\t/src/desk/pick.go:57 +0x1d",
            ),
            AT_ONCE,
        ),
    ),
)
AGENTS = (_PYTHON_AGENT, _JSON_AGENT, _LOGFMT_AGENT)
