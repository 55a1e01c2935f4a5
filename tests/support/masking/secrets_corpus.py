"""Secrets that were never real, made at run time from public facts about token formats and usual names.

Each is put where it occurs: under a key, beside a name, in a line of text, in a list of arguments.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator

from support.masking.item import Item

_CHANCE = random.Random(20260711)
_LOWER, _UPPER, _DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_HEX, _ALNUM = "0123456789abcdef", string.ascii_letters + string.digits


def chars(count: int, alphabet: str = _ALNUM) -> str:
    return "".join(_CHANCE.choices(alphabet, k=count))


def passwords() -> Iterator[str]:
    """Endless passwords as people choose them and as programs make them."""
    words = [
        "tango",
        "harbor",
        "winter",
        "violet",
        "copper",
        "falcon",
        "meadow",
        "rocket",
        "silver",
        "walnut",
        "ember",
        "lagoon",
    ]
    while True:
        yield chars(16)
        yield f"{_CHANCE.choice(words).title()}{chars(4, _DIGITS)}!"
        yield _CHANCE.choice(words) + _CHANCE.choice(words)
        yield chars(8, _LOWER + _DIGITS) + "#" + chars(3)
        yield f"{_CHANCE.choice(words)}{chars(2, _DIGITS)}"
        yield "-".join(_CHANCE.choices(words, k=4))
        yield chars(24, _ALNUM + "!@%^*_+")


NAMES = [
    "password",
    "passwd",
    "pwd",
    "PASSWORD",
    "DB_PASSWORD",
    "dbPassword",
    "db.password",
    "db-password",
    "POSTGRES_PASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "MONGO_INITDB_ROOT_PASSWORD",
    "redisPassword",
    "REDIS_PW",
    "DB_PW",
    "ADMIN_PW",
    "SMTP_PASS",
    "DB_PASS",
    "PGPASSWORD",
    "MYSQL_PWD",
    "userPass",
    "rootPassword",
    "admin_password",
    "keystore_password",
    "truststorePassword",
    "sslKeyPassword",
    "passphrase",
    "SSH_PASSPHRASE",
    "SECRET",
    "secret",
    "client_secret",
    "clientSecret",
    "CLIENT_SECRET",
    "APP_SECRET",
    "JWT_SECRET",
    "SESSION_SECRET",
    "NEXTAUTH_SECRET",
    "COOKIE_SECRET",
    "webhookSecret",
    "signing_secret",
    "SLACK_SIGNING_SECRET",
    "SECRET_KEY",
    "DJANGO_SECRET_KEY",
    "SECRET_KEY_BASE",
    "aws_secret_access_key",
    "AWS_SECRET_ACCESS_KEY",
    "awsSecretAccessKey",
    "AZURE_CLIENT_SECRET",
    "consumer_secret",
    "sharedSecret",
    "token",
    "TOKEN",
    "access_token",
    "accessToken",
    "refresh_token",
    "auth_token",
    "authToken",
    "API_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "NPM_TOKEN",
    "SLACK_BOT_TOKEN",
    "DISCORD_TOKEN",
    "TELEGRAM_BOT_TOKEN",
    "VAULT_TOKEN",
    "CI_JOB_TOKEN",
    "HF_TOKEN",
    "id_token",
    "bot_token",
    "csrf_token",
    "x-auth-token",
    "X-Vault-Token",
    "bearer_token",
    "personalAccessToken",
    "GITHUB_PAT",
    "SENTRY_AUTH_TOKEN",
    "deployToken",
    "TOKEN_V2",
    "api_key",
    "apiKey",
    "API_KEY",
    "x-api-key",
    "X-API-Key",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "OPENAI_KEY",
    "STRIPE_KEY",
    "GROQ_KEY",
    "PINECONE_KEY",
    "googleApiKey",
    "MAPS_KEY",
    "SENDGRID_KEY",
    "DATADOG_APP_KEY",
    "DD_API_KEY",
    "ALGOLIA_ADMIN_KEY",
    "license_key",
    "LICENSE_KEY",
    "encryption_key",
    "ENCRYPTION_KEY",
    "ENCRYPTION_KEY_OLD",
    "master_key",
    "MASTER_KEY",
    "signing_key",
    "private_key",
    "privateKey",
    "PRIVATE_KEY",
    "deploy_key",
    "access_key",
    "accessKey",
    "SUPABASE_SERVICE_ROLE_KEY",
    "account_key",
    "storageAccountKey",
    "APP_KEY",
    "HMAC_KEY",
    "WRITE_KEY",
    "INGEST_KEY",
    "service_key",
    "shared_access_key",
    "CRYPTO_KEY",
    "RAILS_MASTER_KEY",
    "OPENWEATHER_KEY",
    "SSH_KEY",
    "DB_CREDS",
    "credentials",
    "creds",
    "API_CREDENTIALS",
    "SERVICE_CREDS",
    "gcpCredentials",
    "authorization",
    "Authorization",
    "Proxy-Authorization",
    "_authToken",
    "_password",
    "htpasswd",
    "requirepass",
    "REDIS_AUTH",
    "basic_auth_password",
    "ldap_bind_password",
    "BIND_PW",
    "mail_password",
    "SMTP_PASSWORD",
    "IMAP_PASS",
    "PROXY_PASS",
    "sudo_pass",
    "unlock_passcode",
    "WIFI_PASSWORD",
    "SNOWFLAKE_PASSWORD",
    "password_hash",
    "secret_prod",
    "API_TOKEN_STAGING",
    "DB_PASSWORD_1",
    "passwordConfirmation",
    "oldPassword",
    "tokenValue",
    "apikey",
    "APIKEY",
    "dbpassword",
    "clientsecret",
    "authtoken",
    "accesstoken",
    "oauth_token",
    "session_token",
    "sessionToken",
    "identity_token",
    "kubeToken",
    "join_token",
    "k3s_token",
    "bootstrapToken",
    "cluster_secret",
    "erlang_cookie",
    "ERLANG_COOKIE",
    "session_cookie",
    "pepper",
    "PASSWORD_SALT",
    "contraseña",
    "passwort",
    "senha",
    "keycloakPassword",
    "grafana.adminPassword",
    "minioSecretKey",
    "secretAccessKey",
]

SPECIAL: list[tuple[str, str]] = [
    ("PIN", chars(4, _DIGITS)),
    ("pin", chars(6, _DIGITS)),
    ("SIM_PIN", chars(4, _DIGITS)),
    ("pin_code", chars(6, _DIGITS)),
    ("otp", chars(6, _DIGITS)),
    ("mfa_code", chars(6, _DIGITS)),
    ("cvv", chars(3, _DIGITS)),
    ("MNEMONIC", "tango harbor winter violet copper falcon meadow rocket silver walnut ember lagoon"),
    ("seed_phrase", "lagoon ember walnut silver rocket meadow falcon copper violet winter harbor tango"),
    ("recovery_phrase", "walnut silver rocket meadow lagoon ember falcon copper violet winter harbor tango"),
    ("WALLET_MNEMONIC", "meadow falcon copper violet winter harbor tango lagoon ember walnut silver rocket"),
    ("CONN_STR", f"Server=db;Database=app;User Id=sa;Password={chars(12)};"),
    ("ConnectionString", f"Host=db;Username=app;Password={chars(12)}"),
    (
        "connection_string",
        f"Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey={chars(43)}=",
    ),
    ("AZURE_STORAGE_CONNECTION_STRING", f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={chars(86)}=="),
    ("DATABASE_URL", f"postgres://app:{chars(12)}@db:5432/app"),
    ("REDIS_URL", f"redis://:{chars(14)}@cache:6379/0"),
    ("MONGO_URI", f"mongodb+srv://app:{chars(12)}@cluster0.example.net/db"),
    ("AMQP_URL", f"amqp://guest:{chars(10)}@mq:5672/%2f"),
    ("CELERY_BROKER_URL", f"redis://default:{chars(10)}@redis:6379/1"),
    ("SENTRY_DSN", f"https://{chars(32, _HEX)}@o1.ingest.example.io/42"),
    ("DSN", f"app:{chars(12)}@tcp(db:3306)/app?parseTime=true"),
    ("MYSQL_DSN", f"root:{chars(9)}@tcp(127.0.0.1:3306)/shop"),
    ("HTTP_PROXY", f"http://proxy:{chars(10)}@proxy.internal:3128"),
    ("GIT_REMOTE", f"https://{chars(20)}:x-oauth-basic@git.example.com/a/b.git"),
    ("SLACK_WEBHOOK_URL", f"https://hooks.slack.com/services/T{chars(8, _UPPER)}/B{chars(8, _UPPER)}/{chars(24)}"),
    ("DISCORD_WEBHOOK", f"https://discord.com/api/webhooks/{chars(18, _DIGITS)}/{chars(68)}"),
    (
        "TEAMS_WEBHOOK_URL",
        f"https://x.webhook.office.com/webhookb2/{chars(32, _HEX)}/IncomingWebhook/{chars(32, _HEX)}",
    ),
    ("ALERT_WEBHOOK_URL", f"https://alerts.example.com/hook/{chars(24)}"),
    ("NOTIFY_URL", f"https://hooks.slack.com/services/T{chars(8, _UPPER)}/B{chars(8, _UPPER)}/{chars(24)}"),
    ("SAS_URL", f"https://x.blob.core.windows.net/c?sv=2024-01-01&sig={chars(40)}%3D"),
    ("CALLBACK", f"https://example.com/run?token={chars(16)}"),
    ("jwt", f"eyJ{chars(20)}.eyJ{chars(30)}.{chars(43)}"),
    ("SERVICE_JWT", f"eyJ{chars(20)}.eyJ{chars(30)}.{chars(43)}"),
    ("auth", base64.b64encode(f"app:{chars(12)}".encode()).decode()),
    ("_auth", base64.b64encode(f"ci:{chars(14)}".encode()).decode()),
    ("cookie", f"sid={chars(24)}; theme=dark"),
    ("Cookie", f"session={chars(32)}"),
    ("signature", chars(40, _HEX) + "Zq"),
    ("client-key-data", base64.b64encode(f"-----BEGIN RSA PRIVATE KEY-----\n{chars(60)}".encode()).decode()),
    ("tls.key", base64.b64encode(f"-----BEGIN PRIVATE KEY-----\n{chars(60)}".encode()).decode()),
    ("ssl.key", f"-----BEGIN EC PRIVATE KEY-----\n{chars(64)}\n-----END EC PRIVATE KEY-----"),
    ("id_rsa", f"-----BEGIN OPENSSH PRIVATE KEY-----\n{chars(64)}\n-----END OPENSSH PRIVATE KEY-----\n"),
    ("gpg", f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{chars(64)}\n-----END PGP PRIVATE KEY BLOCK-----"),
    ("password", "correct horse battery staple"),
    ("passphrase", "violet harbor rocket"),
    ("DB_PASSWORD", f"${{DB_PASSWORD:-{chars(10)}}}"),
    ("config", json.dumps({"user": "app", "password": chars(12)})),
    ("settings.json", json.dumps({"apiKey": chars(20)})),
    ("npmrc", f"//npm.example.com/:_authToken={chars(36)}"),
    (".env", f"PORT=8080\nDB_PASSWORD={chars(12)}\n"),
    ("blob", base64.b64encode(_CHANCE.randbytes(36)).decode()),
    ("extra", chars(44)),
]


def vendor_tokens() -> list[tuple[str, str]]:
    """One token per public format, joined here so that no literal looks like a live one."""
    low, up = _LOWER + _DIGITS, _UPPER + _DIGITS
    return [
        ("github", "ghp" + "_" + chars(36)),
        ("github", "gho" + "_" + chars(36)),
        ("github", "ghs" + "_" + chars(36)),
        ("github", "ghu" + "_" + chars(36)),
        ("github", "ghr" + "_" + chars(36)),
        ("github", "github" + "_pat_" + chars(22) + "_" + chars(59)),
        ("gitlab", "glpat" + "-" + chars(20)),
        ("gitlab", "gldt" + "-" + chars(20)),
        ("gitlab", "glrt" + "-" + chars(20)),
        ("gitlab", "glptt" + "-" + chars(40, _HEX)),
        ("gitlab", "glcbt" + "-" + chars(2) + "_" + chars(20)),
        ("gitlab", "GR1348941" + chars(20)),
        ("slack", "xoxb" + "-" + chars(12, _DIGITS) + "-" + chars(12, _DIGITS) + "-" + chars(24)),
        ("slack", "xoxp" + "-" + chars(12, _DIGITS) + "-" + chars(12, _DIGITS) + "-" + chars(32, _HEX)),
        ("slack", "xapp" + "-1-" + chars(11, up) + "-" + chars(13, _DIGITS) + "-" + chars(64, _HEX)),
        ("slack", "xoxe" + "-1-" + chars(100)),
        ("aws", "AKIA" + chars(16, up)),
        ("aws", "ASIA" + chars(16, up)),
        ("aws", "ABSK" + chars(110)),
        ("alibaba", "LTAI" + chars(20)),
        ("google", "AIza" + chars(35)),
        ("google", "ya29." + chars(60)),
        ("google", "GOCSPX" + "-" + chars(28)),
        ("openai", "sk" + "-" + chars(48)),
        ("openai", "sk" + "-proj-" + chars(60)),
        ("anthropic", "sk" + "-ant-api03-" + chars(90)),
        ("openrouter", "sk" + "-or-v1-" + chars(64, _HEX)),
        ("stripe", "sk" + "_live_" + chars(24)),
        ("stripe", "rk" + "_live_" + chars(24)),
        ("stripe", "whsec" + "_" + chars(32)),
        ("npm", "npm" + "_" + chars(36)),
        ("pypi", "pypi" + "-AgEIcHlwaS5vcmc" + chars(60)),
        ("huggingface", "hf" + "_" + chars(34, string.ascii_letters)),
        ("sendgrid", "SG" + "." + chars(22) + "." + chars(43)),
        ("twilio", "SK" + chars(32, _HEX)),
        ("mailgun", "key" + "-" + chars(32, _HEX)),
        ("mailchimp", chars(32, _HEX) + "-us" + chars(2, "12")),
        ("sendinblue", "xkeysib" + "-" + chars(64, _HEX) + "-" + chars(16)),
        ("digitalocean", "dop" + "_v1_" + chars(64, _HEX)),
        ("digitalocean", "doo" + "_v1_" + chars(64, _HEX)),
        ("shopify", "shpat" + "_" + chars(32, _HEX)),
        ("shopify", "shpss" + "_" + chars(32, _HEX)),
        ("shopify", "shpca" + "_" + chars(32, _HEX)),
        ("age", "AGE-SECRET-KEY-1" + chars(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
        ("supabase", "sbp" + "_" + chars(40, _HEX)),
        ("linear", "lin" + "_api_" + chars(40)),
        ("databricks", "dapi" + chars(32, _HEX)),
        ("newrelic", "NRAK" + "-" + chars(27, up)),
        ("newrelic", "NRII" + "-" + chars(32)),
        ("postman", "PMAK" + "-" + chars(24, _HEX) + "-" + chars(34, _HEX)),
        ("square", "sq0atp" + "-" + chars(22)),
        ("square", "sq0csp" + "-" + chars(43)),
        ("square", "EAAA" + chars(60)),
        ("facebook", "EAAC" + chars(110)),
        ("doppler", "dp.pt." + chars(43)),
        ("dynatrace", "dt0c01." + chars(24, up) + "." + chars(64, up)),
        ("easypost", "EZAK" + chars(54)),
        ("duffel", "duffel" + "_live_" + chars(43)),
        ("fly", "fo1" + "_" + chars(43)),
        ("frameio", "fio-u-" + chars(64)),
        ("flutterwave", "FLWSECK_TEST-" + chars(32, _HEX) + "-X"),
        ("grafana", "glc" + "_" + chars(60)),
        ("grafana", "glsa" + "_" + chars(32) + "_" + chars(8, _HEX)),
        ("vault", "hvs" + "." + chars(95)),
        ("vault", "hvb" + "." + chars(140)),
        ("terraform", chars(14) + ".atlasv1." + chars(65)),
        ("infracost", "ico" + "-" + chars(32)),
        ("notion", "ntn" + "_" + chars(11, _DIGITS) + chars(35)),
        ("airtable", "pat" + chars(14) + "." + chars(64, _HEX)),
        ("1password", "A3-" + "-".join((chars(6, up), chars(11, up), chars(5, up), chars(5, up), chars(5, up)))),
        ("1password", "ops_eyJ" + chars(250)),
        ("adobe", "p8e-" + chars(32, low)),
        ("atlassian", "ATATT3" + chars(186)),
        ("artifactory", "AKCp" + chars(69)),
        ("perplexity", "pplx" + "-" + chars(48)),
        ("groq", "gsk" + "_" + chars(52)),
        ("replicate", "r8" + "_" + chars(37)),
        ("prefect", "pnu" + "_" + chars(36)),
        ("pulumi", "pul" + "-" + chars(40, _HEX)),
        ("readme", "rdme" + "_" + chars(70, low)),
        ("rubygems", "rubygems" + "_" + chars(48, _HEX)),
        ("sentry", "sntryu" + "_" + chars(64, _HEX)),
        ("sentry", "sntrys" + "_eyJpYXQiO" + chars(90) + "_" + chars(43)),
        ("planetscale", "pscale" + "_tkn_" + chars(43)),
        ("planetscale", "pscale" + "_pw_" + chars(43)),
        ("sourcegraph", "sgp" + "_" + chars(40, _HEX)),
        ("sonar", "squ" + "_" + chars(40, _HEX)),
        ("typeform", "tfp" + "_" + chars(59)),
        ("heroku", "HRKU-AA" + chars(58)),
        ("shippo", "shippo" + "_live_" + chars(40, _HEX)),
        ("settlemint", "sm_pat_" + chars(16)),
        ("openshift", "sha256~" + chars(43)),
        ("octopus", "API-" + chars(26, up)),
        ("clojars", "CLOJARS_" + chars(60, low)),
        ("azure", chars(3) + "8Q~" + chars(34)),
        ("maxmind", chars(6) + "_" + chars(29) + "_mmk"),
        ("docker", "dckr_pat_" + chars(27)),
        ("tailscale", "tskey-auth-" + chars(12) + "-" + chars(20)),
        ("tavily", "tvly-" + chars(32)),
        ("langsmith", "lsv2_pt_" + chars(32, _HEX) + "_" + chars(10, _HEX)),
        ("nvidia", "nvapi-" + chars(64)),
        ("xai", "xai-" + chars(80)),
        ("jwt", "eyJhbGciOi" + chars(20) + ".eyJzdWIi" + chars(40) + "." + chars(43)),
        ("yandex", "t1." + chars(40) + "." + chars(86)),
    ]


TEXTS = """
    login failed: password={} for user app
    password = '{}'
    password="{}" host=db
    export DB_PASSWORD={}
    DB_PASSWORD: {}
    docker run -e POSTGRES_PASSWORD={} postgres:16
    mysql -uroot -p{} shop
    mysqldump --user=app --password={} shop > dump.sql
    mysql --password {} -h db
    curl -u admin:{} https://example.com/api
    curl --user ci:{} -sSL https://example.com
    curl -H "Authorization: Bearer {}" https://example.com
    curl -H 'X-Api-Key: {}' https://example.com
    curl -H "PRIVATE-TOKEN: {}" https://gitlab.example.com/api/v4/projects
    wget --password={} https://example.com/file
    wget --http-password {} https://example.com/file
    sshpass -p {} ssh app@host
    redis-cli -a {} ping
    docker login -u ci -p {} registry.example.com
    helm registry login --username ci --password {} registry.example.com
    az login --service-principal -u app --password {} --tenant t
    psql "host=db user=app password={} dbname=app"
    PGPASSWORD={} psql -h db
    machine git.example.com login ci password {}
    login ci password {}
    Set-Cookie: sid={}; Path=/; HttpOnly
    Cookie: session={}
    cookie: theme=dark; sessionid={}
    'password' => '{}',
    'secret' => "{}",
    $password = "{}";
    const apiKey = "{}";
    api_key := "{}"
    String token = "{}";
    <password>{}</password>
    <add key="Password" value="{}" />
    <property name="hibernate.connection.password" value="{}"/>
    <entry password="{}" user="app"/>
    <ns:ApiKey>{}</ns:ApiKey>
    dial tcp: app:{}@tcp(db:3306)/shop: connection refused
    failed to connect to postgres://app:{}@db:5432/app: timeout
    cannot reach redis://:{}@cache:6379
    clone https://ci:{}@git.example.com/a/b.git failed
    GET /files?sig={}&se=2026-01-01 403
    GET /v1/run?api_key={}&q=x HTTP/1.1
    GET https://example.com/cb?access_token={}#x
    POST /hook?token={}
    {{"user": "app", "password": "{}"}}
    {{"client_secret":"{}","grant_type":"client_credentials"}}
    body: "{{\\"password\\": \\"{}\\"}}"
    sent "{{\\\\\\"api_key\\\\\\": \\\\\\"{}\\\\\\"}}" upstream
    args: ["--token", "{}"]
    args: ["serve", "--api-key", "{}"]
    ["-p", "{}"]
    ["DB_PASSWORD", "{}"]
    env: - name: DB_PASSWORD value: {}
    {{"name": "API_TOKEN", "value": "{}"}}
    {{"key": "client_secret", "value": "{}"}}
    {{"header": "X-Api-Key", "value": "{}"}}
    invalid api key: {}
    Incorrect API key provided: sk-{}. You can find your key in the dashboard.
    token={} expired
    auth failed (token: {})
    the password is {}
    using secret={} from env
    kubectl create secret generic db --from-literal=password={}
    terraform apply -var db_password={}
    vault login token={}
    ansible-playbook -e ansible_password={} site.yml
    --set auth.password={}
    gh auth login --with-token {}
    snyk auth --token={}
    spring.datasource.password={}
    [client]\\npassword={}
    requirepass {}
    ALTER USER app WITH PASSWORD '{}';
    CREATE USER app IDENTIFIED BY '{}';
    SECRET_KEY = '{}'
    client_secret={}&grant_type=refresh_token
    username=app&password={}
    ENV API_TOKEN {}
    ENV API_TOKEN={}
    --build-arg NPM_TOKEN={}
    npm config set //npm.example.com/:_authToken={}
    //npm.example.com/:_authToken={}
    Authorization: Basic {}
    authorization: token {}
    Proxy-Authorization: Basic {}
    x-amz-security-token: {}
    Server=db;User Id=sa;Password={};Encrypt=true
    AccountName=x;AccountKey={};EndpointSuffix=core.windows.net
    jdbc:postgresql://db/app?user=app&password={}
    bot token: {}
    passphrase: {}
    secret access key = {}
    WARN retry with key=value api_key={} attempt=2
    level=error msg="auth failed" token={} user=app
    Error: request failed {{ apiKey: '{}' }}
    config loaded {{password:{},user:app}}
    openssl rsa -passin pass:{} -in key.pem
    std::string secret("{}");
    echo "{}" | docker login --password-stdin -u ci
""".strip().split("\n")

FAMILIES = r"""
    redis-cli -h cache --pass {} info
    mysql -h db -u app -p'{}' shop
    mysqladmin -u root password '{}'
    ldapsearch -x -D cn=admin,dc=example -w {} -b dc=example
    smbclient //files/share -U app%{}
    mongosh db/admin -u root -p {}
    htpasswd -nb ci {}
    htpasswd -bc /etc/nginx/users ci {}
    zip -e -P {} dump.zip dump.sql
    7z x -p{} dump.7z
    openssl enc -aes-256-cbc -in a -out b -pass pass:{}
    openssl pkcs12 -export -passout pass:{} -out a.p12
    keytool -list -keystore a.jks -storepass {}
    ipmitool -I lanplus -H bmc -U root -P {} power status
    sqlcmd -S db -U sa -P {} -Q "select 1"
    rabbitmqctl add_user app {}
    rabbitmqctl change_password app {}
    mc alias set store https://s3.example.com app {}
    twine upload -u ci -p {} dist/app.whl
    oc login -u ci -p {} https://api.example.com:6443
    plink -ssh -pw {} app@host
    net user backup {} /add
    net use Z: \\files\share /user:app {}
    msbuild /p:Password={} app.csproj
    cmdkey /add:host /user:app /pass:{}
    echo "app:{}" | chpasswd
    lftp -u app,{} sftp://host
    xfreerdp /v:host /u:app /p:{}
    sqlplus app/{}@db
    expdp app/{}@db schemas=app
    ngrok config add-authtoken {}
    poetry config http-basic.internal ci {}
    dotnet user-secrets set "Db:Password" "{}"
    etcdctl --user root:{} get a
    kinit -p app {}
    USER mirror\nPASS {}
    FTP > USER mirror; FTP > PASS {}
    C: PASS {}
    redis> AUTH {}
    AUTH default {}
    a1 LOGIN maria {}
    >>> AUTH PLAIN {}
    AUTHENTICATE PLAIN {}
    CONFIG SET requirepass {}
    PRIVMSG NickServ :IDENTIFY {}
    db.internal:5432:shop:app:{}
    *:*:*:postgres:{}
    <env name="CRM_PASSWORD">{}</env>
    <string name="maps_api_key">{}</string>
    <property><name>fs.s3a.secret.key</name><value>{}</value></property>
    <key>SMTPPassword</key><string>{}</string>
    <setting value="{}" name="DbPassword"/>
    <password><![CDATA[{}]]></password>
    <server><id>internal</id><username>ci</username><password>{}</password></server>
    $s = ConvertTo-SecureString "{}" -AsPlainText -Force
    ConvertTo-SecureString -String '{}' -AsPlainText
    New-Object System.Net.NetworkCredential("app", "{}")
    requests.get(url, auth=HTTPBasicAuth("app", "{}"))
    requests.get(url, auth=("app", "{}"))
    DriverManager.getConnection(url, "app", "{}")
    props.setProperty("db.password", "{}");
    smtp.login("app", "{}")
    Authorization: ApiKey {}
    Authorization: GenieKey {}
    Authorization: Bot {}
    Authorization: SSWS {}
    Authorization: PVEAPIToken=ci@pve!build={}
    Authorization: Digest username="cam", realm="axis", nonce="x1", uri="/", qop=auth, response="{}"
    Authorization: Hawk id="dh37", ts="135", nonce="j4h", mac="{}"
    Authorization: OAuth oauth_consumer_key="app", oauth_signature="{}"
    Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/s3, SignedHeaders=host, Signature={}
    OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team={}
    OTEL_EXPORTER_OTLP_HEADERS: x-team={},x-dataset=app
    OTEL_EXPORTER_OTLP_TRACES_HEADERS="api-key={}"
    GET https://maker.ifttt.com/trigger/alarm/with/key/{}
    POST https://events.pagerduty.com/integration/{}/enqueue
    POST https://mattermost.example.com/hooks/{} 200
    POST https://mainnet.infura.io/v3/{} 429
    app:$apr1$x1y2z3a4$ab{}
    username admin privilege 15 password 0 {}
    snmp-server community {} RO
    snmpwalk -v2c -c {} 10.0.0.1
    echo {} | sudo -S apt-get update
    variable "db_password" {{\n  type = string\n  default = "{}"\n}}
    admin_password               = "{}"
    secret: process.env.JWT_SECRET || '{}'
    os.environ.get("SECRET_KEY", "{}")
    password: <%= ENV["DB_PASSWORD"] || "{}" %>
    Starting with RootUser: app RootPass: {}
    temporary password is generated for root@localhost: {}
    Password for the elastic user: {}
    Please use the following password to proceed to installation:\n\n{}
    Initial root token s.{} generated
    using token {} for retries
    lookup('hashi_vault', 'secret=secret/app:value token={} url=http://v:8200')
    {{"routing_key": "{}", "event_action": "trigger"}}
    root:$6$rounds=5000$salt1234$ab{}:19000:0:99999:7:::
""".strip().split("\n")
"""Commands, protocols, markup, and headers that carry a password or token without a plain `name=value`."""


def formed() -> list[tuple[str, str]]:
    """Texts whose form or content gives a secret away, each with the secret."""
    token = chars(10, _DIGITS) + ":AA" + chars(33)
    password = chars(16)
    return [
        (f"https://api.telegram.org/bot{token}/sendMessage", token),
        (token, token),
        *((text, text) for text in encoded(password)),
        ("$2b$12$" + (bcrypt := chars(53)), bcrypt),
        ("{SSHA}" + (ssha := chars(31) + "="), ssha),
        ("pbkdf2_sha256$260000$" + (django := chars(12) + "$" + chars(43) + "="), django),
        ("$argon2id$v=19$m=65536,t=3,p=4$" + (argon := chars(22) + "$" + chars(43)), argon),
        ("nsec1" + (nostr := chars(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l")), nostr),
        ("xprv9s21ZrQH143K" + (wallet := chars(95)), wallet),
        ("https://discord.com/api/webhooks/" + (hook := chars(18, _DIGITS) + "/" + chars(68)), hook),
    ]


def encoded(password: str) -> list[str]:
    """A password in texts that are base64-encoded."""
    texts = [
        f'{{"user": "app", "password": "{password}"}}',
        f"[client]\nuser=app\npassword={password}\n",
        f"#!/bin/sh\nexport API_TOKEN={password}\nrun --all\n",
        f"postgres://app:{password}@db:5432/app",
        f"deployment-user:{password}",
    ]
    return [base64.b64encode(text.encode()).decode() for text in texts]


PAIRS = (
    ("name", "value"),
    ("key", "value"),
    ("k", "v"),
    ("header", "value"),
    ("variable", "content"),
    ("Name", "Value"),
    ("key", "val"),
    ("name", "default"),
    ("param", "value"),
    ("env", "value"),
)
PAIR_NAMES = [
    "DB_PASSWORD",
    "apiKey",
    "OPENAI_KEY",
    "client_secret",
    "SLACK_BOT_TOKEN",
    "Authorization",
    "JWT_SECRET",
    "REDIS_PW",
]
FLAGS = [
    "--password",
    "--token",
    "--api-key",
    "--secret",
    "--auth-token",
    "--db-password",
    "-password",
    "--client-secret",
    "--private-token",
    "--access-key",
    "--passphrase",
    "-p",
    "--registry-password",
    "--admin-password",
    "--secret-key",
]
ARRAYS: list[list[str]] = [
    ["curl", "-u", "ci:{}"],
    ["curl", "--user", "admin:{}"],
    ["mysql", "-uroot", "-p{}"],
    ["mysqldump", "-p{}", "shop"],
    ["docker", "login", "-p", "{}"],
    ["sshpass", "-p", "{}"],
    ["redis-cli", "-a", "{}"],
    ["run", "--token={}"],
    ["run", "-e", "DB_PASSWORD={}"],
    ["sh", "-c", "curl -u ci:{} https://example.com"],
    ["sh", "-c", "export API_TOKEN={} && run"],
    ["DB_PASSWORD", "{}"],
    ["api_key", "{}"],
    ["Authorization", "Bearer {}"],
    ["curl", "-H", "X-Api-Key: {}"],
    ["psql", "postgres://app:{}@db/app"],
    ["CMD", "redis-cli", "-a", "{}", "ping"],
    ["CMD", "redis-cli", "-h", "localhost", "-p", "6379", "-a", "{}", "ping"],
    ["CMD-SHELL", "redis-cli -a {} ping"],
    ["redis-server", "--requirepass", "{}"],
    ["ldapsearch", "-D", "cn=admin", "-w", "{}"],
    ["smbclient", "//files/share", "-U", "app%{}"],
    ["htpasswd", "-bc", "/etc/users", "ci", "{}"],
    ["zip", "-P", "{}", "a.zip", "a"],
    ["openssl", "rsa", "-passin", "pass:{}"],
    ["sqlcmd", "-S", "db", "-U", "sa", "-P", "{}"],
    ["mongosh", "-u", "root", "-p", "{}", "--eval", "db.stats()"],
    ["rabbitmqctl", "add_user", "app", "{}"],
    ["mc", "alias", "set", "store", "https://s3.example.com", "app", "{}"],
    ["mysqladmin", "-u", "root", "password", "{}"],
    ["kadmin", "-p", "admin", "-w", "{}"],
    ["ipmitool", "-U", "root", "-P", "{}"],
]


def secrets() -> list[Item]:
    """Return every secret of the corpus; the same ones every time."""
    _CHANCE.seed(1)
    found: list[Item] = []
    made = passwords()
    for number, name in enumerate(NAMES):
        value = next(made)
        if name.lower().endswith(("key", "keybase")) or "key" in name.lower():
            value = chars(24 + number % 17)
        elif "token" in name.lower() or name.endswith("PAT"):
            value = chars(20 + number % 20)
        elif name.lower() in ("pepper", "password_salt"):
            value = chars(22)
        found.append(Item("name", {name: value}, value))
    found += (Item("special", {name: value}, value) for name, value in SPECIAL)
    for number, (vendor, token) in enumerate(vendor_tokens()):
        found.append(Item("vendor token", {"note": token}, token, f"{vendor} {number}"))
        text = (f"401 from {vendor}: {token}", f"using {token} now", f"({token})")[number % 3]
        found.append(Item("vendor token in text", text, token, f"{vendor} {number}"))
    plain = (value for value in made if " " not in value and len(value) >= 8)
    for template in TEXTS:
        value = chars(20) if "sig=" in template or "Basic" in template or "key" in template.lower() else next(plain)
        value = value.replace("@", "x").replace("#", "7").replace("%", "q").replace("&", "z")
        found.append(Item("text", template.strip().replace("{{", "{").replace("}}", "}").replace("{}", value), value))
    for template in FAMILIES:
        value = chars(32, _HEX) if "http" in template or "response" in template.lower() else chars(18)
        line = template.strip().replace("\\n", "\n").replace("{}", value).replace("{{", "{").replace("}}", "}")
        found.append(Item("family", line, value))
    found += (Item("family", {"note": text}, secret) for text, secret in formed())
    for name_key, value_key in PAIRS:
        for name in _CHANCE.sample(PAIR_NAMES, 4):
            value = chars(18)
            found.append(Item("pair", {"env": [{name_key: name, value_key: value}]}, value))
    for flag in FLAGS:
        value = next(plain)
        found.append(Item("arguments", {"args": ["run", flag, value]}, value))
    for array in ARRAYS:
        value = next(plain).replace("@", "x").replace("/", "y").replace(":", "z").replace("%", "q").replace("#", "7")
        found.append(Item("arguments", {"command": [part.replace("{}", value) for part in array]}, value))
    for number, name in enumerate(["credentials", "secrets", "tokens", "passwords", "apiKeys"]):
        value = chars(20)
        found.append(Item("below a name", {name: {f"x{number}": value}}, value))
        found.append(
            Item("below a name", {name: ["plain", chars(6)]} if number > 9 else {name: {"deep": [{"a": value}]}}, value)
        )
    for mark in ("secret", "is_secret", "isSecret", "sensitive", "masked"):
        value = next(plain)
        found.append(Item("marked", {"variables": [{"name": "PLAIN", "value": value, mark: True}]}, value))
    for kind in ("secret", "password", "SecureString"):
        value = next(plain)
        found.append(Item("marked", {"variables": [{"name": "PLAIN", "type": kind, "value": value}]}, value))
    return found
