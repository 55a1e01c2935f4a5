"""Ordinary values, as public specs have them: Kubernetes, compose, Helm, workflows, packages, OpenAPI, logs.

The names and values are those that any such spec uses; what is random in them is made at run time.
"""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from typing import Any

from support.masking.item import Item

_CHANCE = random.Random(20261011)
_HEX = "0123456789abcdef"
_ALNUM = string.ascii_letters + string.digits


def chars(count: int, alphabet: str = _ALNUM) -> str:
    return "".join(_CHANCE.choices(alphabet, k=count))


def digest(size: int) -> str:
    return base64.b64encode(_CHANCE.randbytes(size)).decode()


NAMED: list[tuple[str, Any]] = [
    ("token_limit", "4096"),
    ("maxTokens", "8192"),
    ("max_tokens", 4096),
    ("MAX_TOKENS", "2048"),
    ("max_new_tokens", "512"),
    ("prompt_tokens", "39"),
    ("completion_tokens", "812"),
    ("total_tokens", "851"),
    ("input_cached_tokens", "3e-7"),
    ("tokens", "12000"),
    ("token_budget", "100000"),
    ("TOKEN_COUNT", "77"),
    ("llm.token_count.total", "45"),
    ("promptTokenCount", "3e-7"),
    ("tokenizer", "cl100k_base"),
    ("TOKENIZER", "BAAI/bge-m3"),
    ("tokenizerModel", "gpt-4o"),
    ("tokenizers_parallelism", "false"),
    ("TOKENIZERS_PARALLELISM", "true"),
    ("token_type", "Bearer"),
    ("tokenType", "access"),
    ("token_url", "https://auth.example.com/oauth/token"),
    ("tokenEndpoint", "https://auth.example.com/token"),
    ("TOKEN_TTL", "3600"),
    ("token_expiry", "15m"),
    ("tokenExpirationSeconds", 3600),
    ("expires_token_at", "2026-01-01"),
    ("token_issuer", "harborline"),
    ("token_audience", "https://api.example.com"),
    ("tokenLocation", "/var/run/secrets/tokens/sa-token"),
    ("TOKEN_FILE", "/run/secrets/token"),
    ("bearerTokenFile", "/var/run/secrets/kubernetes.io/serviceaccount/token"),
    ("eos_token", "</s>"),
    ("pad_token", "<pad>"),
    ("stop_token", "END"),
    ("next_page_token", "page2"),
    ("nextToken", "AAAB"),
    ("id-token", "write"),
    ("automountServiceAccountToken", "false"),
    ("auth_type", "oauth2"),
    ("authType", "ManagedIdentity"),
    ("AUTH_MODE", "oidc"),
    ("auth", "bearer"),
    ("auth", "basic"),
    ("AUTH_URL", "https://auth.example.com/login"),
    ("authurl", "https://storage.example.com/v3/auth"),
    ("AUTH_ENABLED", "true"),
    ("auth_method", "scram-sha-256"),
    ("POSTGRES_HOST_AUTH_METHOD", "trust"),
    ("auth_provider", "github"),
    ("authority", "https://login.example.com/common"),
    ("author", "Maria Lopes"),
    ("AUTHOR_EMAIL", "maria@example.com"),
    ("author_association", "OWNER"),
    ("authorizer", "AllowAllAuthorizer"),
    ("authorization_url", "https://auth.example.com/authorize"),
    ("authenticationSchemes", "list<AuthenticationScheme>"),
    ("password_policy", "strong"),
    ("passwordPattern", "^.{8,32}$"),
    ("PASSWORD_MIN_LENGTH", "12"),
    ("password_max_age", "90d"),
    ("password_hint", "the name of your first boat"),
    ("passwordField", "password"),
    ("password_file", "/run/secrets/db_password"),
    ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres"),
    ("password_reset_url", "https://example.com/reset"),
    ("password_encryption", "scram-sha-256"),
    ("passwordless", "true"),
    ("passwordSecretRef", "db-creds"),
    ("existingSecretPasswordKey", "postgres-password"),
    ("userPasswordKey", "user-password"),
    ("forgot_password", "Forgot your password?"),
    ("passwordRequired", "yes"),
    ("secretName", "tls-cert"),
    ("tlsSecretName", "web-tls"),
    ("secretRef", "sio-secret"),
    ("existingSecret", "redis-auth"),
    ("imagePullSecret", "regcred"),
    ("secretProviderClass", "azure-kv"),
    ("secretStoreKind", "ClusterSecretStore"),
    ("secretNamespace", "kube-system"),
    ("secret_type", "CREDENTIAL"),
    ("secretVersion", "latest"),
    ("adminSecretName", "quobyte-admin-secret"),
    ("secretFile", "/etc/ceph/admin.secret"),
    ("secrets", "inherit"),
    ("private", True),
    ("private", "true"),
    ("private_subnet", "10.0.1.0/24"),
    ("privateIp", "10.0.1.17"),
    ("PRIVATE_DNS", "ip-10-0-1-17.internal"),
    ("is_private", "false"),
    ("private_key_path", "/etc/ssl/private/server.key"),
    ("PRIVATE_KEY_FILE", "./keys/id_ed25519"),
    ("privateKeySecret", "my-secret"),
    ("connection_timeout", "30s"),
    ("connectionTimeout", "5000"),
    ("CONNECTION_POOL_SIZE", "20"),
    ("connection", "keep-alive"),
    ("Connection", "close"),
    ("max_connections", "200"),
    ("DB_CONNECTION", "pgsql"),
    ("connection_name", "primary"),
    ("connectHost", "https://connect.example.com:8080"),
    ("credentials", "same-origin"),
    ("credentials", "include"),
    ("persist-credentials", "false"),
    ("credential_type", "service_account"),
    ("credentialsPath", "/etc/gcp/key.json"),
    ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/gcp/key.json"),
    ("credential_id", "25"),
    ("key", "region"),
    ("KEY", "value"),
    ("sort_key", "created_at"),
    ("primaryKey", "id"),
    ("primary_key", "user_id"),
    ("partition_key", "tenant"),
    ("foreignKey", "account_id"),
    ("topologyKey", "kubernetes.io/hostname"),
    ("public_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + chars(43)),
    ("publicKey", digest(32)),
    ("ssh_public_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ" + chars(300) + " maria@laptop"),
    ("authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + chars(43) + " ci"),
    ("STRIPE_PUBLISHABLE_KEY_NAME", "default"),
    ("cache-key", "npm-linux-x64-v3"),
    ("cache_key", "user:42:profile"),
    ("restore-keys", "npm-linux-"),
    ("object_key", "uploads/2026/07/report.pdf"),
    ("s3_key", "backups/db.tar.gz"),
    ("keyType", "ecdsa"),
    ("key_size", "4096"),
    ("keyId", "abc-1"),
    ("KMS_KEY_ID", "alias/app"),
    ("kmsKeyID", str(uuid.UUID(int=_CHANCE.getrandbits(128)))),
    ("key_alias", "testing"),
    ("keyspace", "orders"),
    ("keystore", "conf/.keystore"),
    ("keywords", "cli,terminal,tokens"),
    ("keyboard", "us"),
    ("hotkey", "ctrl+k"),
    ("routing_key", "orders.created"),
    ("label_key", "team"),
    ("projectKey", "OPS"),
    ("issue_key", "OPS-1423"),
    ("message_key", "order_id"),
    ("idempotency_key", str(uuid.UUID(int=_CHANCE.getrandbits(128)))),
    ("instanceLabelKey", "example.com/appname"),
    ("statusListKey", "decisions"),
    ("api_key_header", "X-Api-Key"),
    ("apiKeyName", "ci"),
    ("apiKeyId", "string"),
    ("API_KEY_HEADER", "Authorization"),
    ("access_key_id_length", "20"),
    ("session_timeout", "1800"),
    ("sessionAffinity", "ClientIP"),
    ("session_id", "demo-session"),
    ("sessionId", str(uuid.UUID(int=_CHANCE.getrandbits(128)))),
    ("SESSION_DRIVER", "redis"),
    ("session_name", "nightly"),
    ("users.session.duration", "24h"),
    ("cookie_domain", ".example.com"),
    ("cookieName", "app_affinity"),
    ("cookie_secure", "true"),
    ("cookieMaxAge", "172800"),
    ("cookie_policy", "strict"),
    ("webhook_events", "push,pull_request"),
    ("webhook", "enabled"),
    ("WEBHOOK_PORT", "9443"),
    ("webhook_url", "https://example.com/hooks/deploy"),
    ("webhookTimeout", "10s"),
    ("jwt_algorithm", "RS256"),
    ("JWT_ISSUER", "https://auth.example.com"),
    ("jwt_expiration", "15m"),
    ("JWKS_URL", "https://auth.example.com/.well-known/jwks.json"),
    ("otp_length", "6"),
    ("OTP_ENABLED", "false"),
    ("pin", "D4"),
    ("pin", 17),
    ("gpio_pin", "17"),
    ("pinned", "true"),
    ("spinner", "dots"),
    ("seed", "42"),
    ("random_seed", 1337),
    ("discovery.seed_hosts", "logstash"),
    ("seeds", "127.0.0.1"),
    ("db:seed", "turbo run db:seed"),
    ("salt_length", "16"),
    ("signature_algorithm", "SHA256WithRSA"),
    ("signing_enabled", "true"),
    ("certificate", "/etc/ssl/certs/app.pem"),
    ("certFile", "/etc/prometheus/certs/client.crt"),
    ("keyFile", "/etc/prometheus/certs/client.key"),
    ("ca_cert", "-----BEGIN CERTIFICATE-----\nMIIF" + chars(60) + "\n" + chars(64) + "\n-----END CERTIFICATE-----\n"),
    ("caBundle", base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + chars(90).encode()).decode()),
    ("integrity", "sha512-" + digest(64)),
    ("resolved_integrity", "sha1-" + digest(20)),
    ("checksum", chars(64, _HEX)),
    ("digest", "sha256:" + chars(64, _HEX)),
    ("image", "registry.example.com/team/app@sha256:" + chars(64, _HEX)),
    ("image", "ghcr.io/external-secrets/external-secrets:v0.9.8-ubi-boringssl"),
    ("image", "docker.io/bitnami/sealed-secrets-controller:0.27.1"),
    ("commit", chars(40, _HEX)),
    ("GIT_SHA", chars(40, _HEX)),
    ("revision", chars(12, _HEX)),
    ("uid", str(uuid.UUID(int=_CHANCE.getrandbits(128)))),
    ("request_id", "req_" + chars(24)),
    ("completion_id", "chatcmpl-" + chars(29)),
    ("node_id", base64.b64encode(b"010:Repository186853002").decode()),
    ("trace_id", chars(32, _HEX)),
    ("etag", f'W/"{chars(20, _HEX)}"'),
    ("fingerprint", "SHA256:" + digest(32).rstrip("=")),
    ("logo", "data:image/png;base64,iVBORw0KGgo" + chars(80)),
    ("pass", "true"),
    ("pass_rate", "0.98"),
    ("bypass", "yes"),
    ("compass", "north"),
    ("passenger", "maria"),
    ("PWD", "/srv/app"),
    ("OLDPWD", "/srv"),
    ("passwd_file", "/etc/passwd"),
    ("signoff", "maria"),
    ("assignees", "maria,joao"),
    ("SSL_MODE", "require"),
    ("description", "The token that the service uses is read from the vault."),
    ("help", "Enter your API key below."),
    ("title", "Reset password"),
    ("error", "invalid token: unexpected ]"),
    ("message", "password is required"),
    ("reason", "token expired"),
    ("argocd.argoproj.io/secret-type", "cluster"),
    ("secret.reloader.example.com/auto", "true"),
    ("jenkins.io/credentials-type", "basicSSHUserPrivateKey"),
    ("nginx.ingress.kubernetes.io/auth-type", "basic"),
    ("nginx.ingress.kubernetes.io/auth-secret", "basic-auth"),
    ("cert-manager.io/cluster-issuer", "letsencrypt-prod"),
    ("checksum/config", chars(64, _HEX)),
    ("pod-template-hash", "2279996225"),
    ("jsonwebtoken", "^9.0.2"),
    ("cookie-parser", "~1.4.6"),
    ("passport-local", "1.0.0"),
    ("next-auth", "^4.24.14"),
    ("@octokit/auth-token", "^4.0.0"),
    ("@aws-sdk/credential-providers", "catalog:"),
    ("@anthropic-ai/tokenizer", "^0.0.4"),
    ("js-cookie", ">=3.0.5 <4"),
    ("express-session", "^1.18.0"),
    ("bcrypt", "5.1.1"),
    ("keyv", "latest"),
]

PLACEHOLDERS = """
    ${DB_PASSWORD}|${{ secrets.GITHUB_TOKEN }}|$DB_PASSWORD|<your-token>|{{ .Values.auth.password }}|••••••••|********
    $(DB_PASS)|<redacted>|[REDACTED]|xxxxxxxx|YOUR_API_KEY|your-api-key-here|REPLACE_ME|{{password}}|%DB_PASSWORD%|${env:TOKEN}
    vault:secret/data/app#password|op://vault/item/field|arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-AbCdEf
    projects/p/secrets/db/versions/latest|null|true|false|none|{{ secrets.db }}|ref+vault://secret/app#/pw
    process.env.API_KEY|${DB_PASSWORD:?not set}|var.db_password|<%= password %>|#{password}|@Microsoft.KeyVault(SecretUri=https://v.example.net/s)
    ${{ github.token }}|secrets.DB_PASSWORD|/run/secrets/db_password|$slack-token|__DB_PASSWORD__|TODO|{token}
    data.vault_secret.db.value|sm://project/db-password|change-me|INSERT_TOKEN_HERE|(hidden)|(sensitive value)|undefined
""".replace("\n", "|").split("|")
PLACEHOLDER_NAMES = ["password", "API_KEY", "token", "DB_PASSWORD", "clientSecret"]

VALUES: list[Any] = [
    "https://claims.example.com:8443/path?page=2#Top",
    "postgres://db.internal:5432/claims",
    "redis://cache:6379/0",
    "kafka://one:9092,two:9092/topic",
    "amqp://mq.internal:5672",
    "s3://meridian-policies/2026",
    "maria@example.com",
    "mailto:ops@example.com",
    "2026-07-02T06:41:12.482913Z",
    "15 2 * * 1-5",
    "500m",
    "256Mi",
    "25%",
    "10.96.0.0/12",
    "us-east-1",
    "eu-central-2",
    "ghcr.io/huggingface/text-embeddings-inference:1.8",
    "meta-llama/Llama-3.1-70B-Instruct",
    "text-embedding-3-large",
    "claude-sonnet-4-20250514",
    "gpt-4o-mini-2024-07-18",
    "org.springframework.boot.autoconfigure.web.servlet.DispatcherServletAutoConfiguration",
    "HorizontalPodAutoscalerConditionAbleToScaleReadyForNewScale",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "task-runner-with-a-very-long-name-indeed-2024-06-12",
    "/var/lib/postgresql/data/pgdata/base/16384/PG_VERSION",
    "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
    "arn:aws:iam::123456789012:role/eks-node-group",
    "arn:astro:knowledge:meridian-labs:faq",
    "projects/demo/locations/global/keyRings/app/cryptoKeys/main",
    "CN=app.example.com,O=Example,C=PT",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "-Xmx512m -Dspring.profiles.active=prod",
    "--max_tokens=4096",
    "node_modules/.bin/jest --coverage --passWithNoTests",
    "k8s.gcr.io/pause:3.9",
    "v1.28.3+k3s1",
    "10.0.0.1:8080,10.0.0.2:8080",
    "disk-0123456789abcdef",
    "Mon, 02 Jan 2006 15:04:05 MST",
    chars(40, _HEX),
    chars(64, _HEX),
    str(uuid.UUID(int=_CHANCE.getrandbits(128))),
    "build-20240612-1530",
    "c1f00a92",
    "MinimumReplicasAvailable",
    "application/vnd.oci.image.manifest.v1+json",
    "text/html; charset=utf-8",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "en-US,en;q=0.9",
    "/api/v1/users/{id}/tokens",
    "GET,POST,OPTIONS",
    "0 0 * * 0",
    "pk_test_example",
    "The quick brown fox jumps over the lazy dog.",
]

TEXTS = [
    *"""
    invalid token: unexpected ]
    unexpected token: '}' in JSON at position 12
    SyntaxError: Unexpected token < in JSON at position 0
    token expired
    the token has expired, sign in again
    password is required
    password must be at least 12 characters
    secret "db-creds" not found
    Error: secret "registry-pull" not found in namespace "prod"
    failed to get secret: context deadline exceeded
    couldn't find key password in Secret prod/db-creds
    couldn't find key DATABASE_URL in Secret prod/app
    MountVolume.SetUp failed for volume "token" : secret "sa-token" not found
    No secure connection: the certificate of api.example.com has expired
    No secure connection: a certificate of api.example.com is not trusted
    dial tcp 10.0.0.7:5432: connect: connection refused
    connection: close
    connection reset by peer
    authentication failed: missing credentials
    authentication required
    authorization failed: forbidden
    Basic authentication is not supported
    bearer token missing
    Bearer authentication required
    API key not valid. Please pass a valid API key.
    invalid api key
    Missing API key: set OPENAI_API_KEY
    environment variable DB_PASSWORD is not set
    missing required variable: API_TOKEN
    set ANTHROPIC_API_KEY and restart
    error: required key not found: token
    permission denied (publickey,password)
    Permission denied for user app on table tokens
    pulling image "registry.example.com/team/app:1.4.2"
    Back-off restarting failed container agent in pod claims-7d4b9
    OOMKilled: container used 2048Mi of 2048Mi
    Readiness probe failed: HTTP probe failed with statuscode: 503
    maximum context length is 8192 tokens, however you requested 9000 tokens
    max_tokens: 4096 exceeds the limit
    tokens: 812
    prompt_tokens=39 completion_tokens=812 total_tokens=851
    token_limit=4096 temperature=0.2
    using tokenizer cl100k_base
    token type: Bearer
    auth_type=oauth2 scope=openid
    password policy: strong
    password=$DB_PASSWORD
    token: <token>
    secret=true
    api_key: ${API_KEY}
    password: {{ .Values.auth.password }}
    export DB_PASSWORD="$(cat /run/secrets/db)"
    docker login --password-stdin registry.example.com
    mysql -h db -P 3306 -u app shop
    ssh -p 2222 app@host
    mkdir -p /data/cache
    docker run -p 8080:80 nginx
    psql -h db -p 5432 -U app
    curl -u "$USER:$TOKEN" https://example.com
    curl -sSL https://example.com/install.sh | sh
    curl -H "Authorization: Bearer $TOKEN" https://example.com
    --password-file /run/secrets/db
    --token-ttl 15m
    --auth-mode oidc
    --key-size 4096
    GET /api/tokens?page=2&limit=50 200 12ms
    GET /login?next=/reset-password 302
    POST /oauth/token 401 Unauthorized
    level=info msg="session started" session_timeout=1800
    private: true
    author: Maria Lopes
    keyboard: us
    sort_key=created_at
    primary key: id
    foreign key constraint fails
    duplicate key value violates unique constraint "users_pkey"
    key "region" is unknown
    cache key: npm-linux-x64
    public key: ssh-ed25519
    cookie_domain=.example.com
    Access-Control-Allow-Credentials: true
    WWW-Authenticate: Bearer realm="example"
    Content-Type: application/json
    x-request-id: 7d4b9c1e
    commit 5d2f0c9b7a61e0d4c3b2a19f8e7d6c5b4a392817
    image digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    kubectl get secret db-creds -o yaml
    kubectl create secret generic db --from-file=./password.txt
    secretKeyRef: name=db-creds key=password
    imagePullSecrets: regcred
    forgot your password?
    Enter password:
    Password:
    passed 12 of 12 checks
    bypass=yes
    compass: north
    pinning the version to 1.2.3
    design tokens: spacing and color
    login succeeded for user maria
    login as maria with password authentication
    user maria changed her password at 12:41
    the secret was rotated yesterday
    rotating the signing key every 90 days
    certificate has expired or is not yet valid
    x509: certificate signed by unknown authority
    tls: failed to verify certificate
    <title>Reset password</title>
    <password></password>
    <input type="password" name="password">
    "type": "password",
    "required": ["username", "password"]
    ["password", "token", "secret"]
    ["--port", "8080", "--no-auth"]
    from secrets import token_hex
    const token = await getToken();
    if (!token) throw new Error("no token");
    password = os.environ["DB_PASSWORD"]
    $password = getenv('DB_PASSWORD');
    token := os.Getenv("TOKEN")
    def check_password(password: str) -> bool:
    SELECT id, password_hash FROM users
    ALTER TABLE users ADD COLUMN password text
    git@github.com:astropods/agents.git
    npm ERR! code E401
    0 vulnerabilities found in 812 packages
    Warning: --token is deprecated, use --auth instead
    see https://docs.example.com/guides/api-keys#rotate
    """.strip().split("\n"),
    "integrity sha512-" + digest(64),
    "golang.org/x/net v0.30.0 h1:" + digest(32),
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ" + chars(200) + " maria@laptop",
    "host key fingerprint is SHA256:" + digest(32).rstrip("="),
]


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FAMILIES: list[dict[str, Any] | str] = [
    *r"""
    kubectl create secret generic db --from-file=token=/shared/admin-token
    --from-file=password=./secrets/db-password
    token=~/.config/app/token
    export REDIS_PASSWORD="$(< "${REDIS_PASSWORD_FILE}")"
    export DB_PASSWORD="$(cat "$DB_PASSWORD_FILE")"
    password="`cat /run/secrets/db`"
    POSTGRES_PASSWORD="${POSTGRES_PASSWORD:-"$(cat /run/pw)"}"
    docker compose -p shop up -d
    docker run -p 127.0.0.1:8080:80 nginx
    docker -p shop ps
    zip -r dump.zip dump
    curl -u "$USER:$PASSWORD" https://example.com
    curl -a https://example.com
    redis-cli -h cache -p 6379 ping
    redis-cli -a "$REDIS_PASSWORD" ping
    ldapsearch -x -b dc=example -W
    openssl enc -aes-256-cbc -pass env:PASSWORD -in a
    openssl rsa -passin file:/run/secrets/pass
    mongosh -u root -p
    tar -p -xf a.tar
    PASS src/components/login.test.tsx
    PASS: test_login (0.02s)
    --- PASS: TestLogin (0.02s)
    12 PASS 0 FAIL
    AUTH succeeded
    AUTH LOGIN
    250-AUTH PLAIN LOGIN CRAM-MD5
    530 5.7.0 Must issue AUTH command first
    a1 LOGIN failed
    NOAUTH Authentication required.
    -ERR AUTH <password> called without any password configured
    main.go:12:5: undefined: token
    app.py:10:4: E501 line too long
    2026-07-02 06:41:12 db:5432: connection refused
    <env name="LOG_LEVEL">debug</env>
    <add key="Theme" value="dark"/>
    <property><name>dfs.replication</name><value>3</value></property>
    <key>CFBundleIdentifier</key><string>com.example.app</string>
    <string name="forgot_password">Forgot your password?</string>
    Authorization: Bearer <token>
    Authorization: Digest realm required
    Authorization: none
    OTEL_EXPORTER_OTLP_HEADERS=
    Access-Control-Allow-Headers: authorization,x-api-key
    OTEL_EXPORTER_OTLP_HEADERS=x-scope-orgid=tenant
    GET /v1/hooks/12345 200
    POST /integration/github/callback 200
    https://mainnet.infura.io/v3/ 401
    ansible-playbook --ask-become-pass playbook.yml
    credentials="$compose --no-deps -T relay credentials"
    helm upgrade --install app . --set auth.existingSecret=app-auth
    usage: app [--token TOKEN] [--api-key API_KEY] [--port PORT]
    [user] signingkey = 3AA5C34371567BD2
    Failed password for invalid user ftp2024 from 10.0.0.9 port 62891 ssh2
    password authentication failed for user: maria2024
    Invalid password for the user: maria2024
    token cancelled by user
    the secret db-credentials-v2 was rotated
    using token authentication with kubernetes.io/serviceaccount
    password required pam_unix.so sha512 shadow nullok
    username || "anonymous"
    const port = process.env.PORT || "8080";
    snmp-server community public RO
    variable "password_length" { default = "16" }
    routing_key: orders.v1.created
    community: kubernetes-sigs
    """.strip().split("\n"),
    "request_id=req_" + chars(24) + " status=200",
    "event evt_" + chars(24) + " delivered",
    "PublicKey = " + digest(32),
    "peer: " + digest(32),
    "Public key: " + digest(32),
    "Recipient: age1" + chars(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    "age1" + chars(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    "npub1" + chars(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    "GET /v1/items?cursor=" + packed('{"page": 3, "after": "2026-07-01"}') + " 200",
    "ipfs://bafybei" + chars(52, "abcdefghijklmnopqrstuvwxyz234567") + "/logo.png",
    "did:key:z6Mk" + chars(44),
    "go: example.com/a@v1.2.3 h1:" + digest(32),
    {"cid": "Qm" + chars(44, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")},
    {"note": "bafkrei" + chars(52, "abcdefghijklmnopqrstuvwxyz234567")},
    {"annotations": {"checksum/secret": chars(64, _HEX)}},
    {"annotations": {"checksum/secrets": chars(64, _HEX)}},
    {"annotations": {"hash/db-password": chars(40, _HEX)}},
    {"next_cursor": digest(33)},
    {"nextPageToken": digest(33)},
    {"pagination": {"after": packed('{"id": 42, "created": "2026-07-01"}')}},
    {"config_b64": packed('{"log_level": "info", "workers": 4, "region": "eu"}')},
    {"files": {"app.yaml.b64": packed("server:\n  port: 8080\n  host: 0.0.0.0\n")}},
    {"userData": packed("#!/bin/sh\nset -e\napt-get update\napt-get install -y nginx\n")},
    {"userData": packed("#cloud-config\npackages:\n  - nginx\nruncmd:\n  - systemctl restart nginx\n")},
    {"script": packed("import sys\n\nprint('hello from the job', sys.argv)\n")},
    {"eventID": "evt_" + chars(24), "customer": "cus_" + chars(24), "invoice": "in_" + chars(24)},
    {"externalSecret": {"data": [{"secretKey": "password", "remoteRef": {"key": "app/db", "property": "password"}}]}},
    {"sealedSecrets": {"enabled": "true", "controller": "kube-system"}},
    {"rabbit": {"routing_key": "orders.created", "exchange": "orders"}},
    {"wireguard": {"peers": [{"publicKey": digest(32), "endpoint": "vpn.example.com:51820"}]}},
    {"sops": {"age": [{"recipient": "age1" + chars(58, "qpzry9x8gf2tvdw0s3jn54khce6mua7l")}]}},
    {"test": ["CMD", "redis-cli", "-h", "localhost", "-p", "6379", "ping"]},
    {"command": ["docker", "compose", "-p", "shop", "up", "-d"]},
    {"command": ["htpasswd", "-c", "/etc/nginx/users", "ci"]},
    {"command": ["zip", "-r", "dump.zip", "dump"]},
    {"args": ["--from-file=token=/shared/admin-token", "--headers", "x-team=web"]},
    {"env": [{"name": "OTEL_EXPORTER_OTLP_HEADERS", "value": "x-scope-orgid=tenant,x-env=prod"}]},
]

DOCUMENTS: list[dict[str, Any]] = [
    {"env": [{"name": "RADAR_TOKEN", "valueFrom": {"secretKeyRef": {"name": "radar", "key": "token"}}}]},
    {"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db-creds", "key": "password"}}}]},
    {"envFrom": [{"secretRef": {"name": "app-secrets"}}]},
    {"imagePullSecrets": [{"name": "regcred"}]},
    {"imagePullSecrets": ["regcred"]},
    {
        "volumes": [
            {"name": "tls", "secret": {"secretName": "web-tls", "items": [{"key": "tls.crt", "path": "tls.crt"}]}}
        ]
    },
    {
        "volumes": [
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "api"}}]}}
        ]
    },
    {"serviceAccountToken": {"expirationSeconds": 3600, "path": "token"}},
    {"tls": [{"hosts": ["app.example.com"], "secretName": "app-tls"}]},
    {"secrets": ["db_password", "api_key"]},
    {"secrets": {"db_password": {"file": "./db_password.txt"}}},
    {"secrets": {"db_password": {"external": True, "name": "prod_db"}}},
    {"permissions": {"contents": "read", "id-token": "write"}},
    {"with": {"token": "${{ secrets.GITHUB_TOKEN }}", "persist-credentials": False}},
    {"on": {"workflow_call": {"secrets": {"token": {"required": True, "description": "A token with read access"}}}}},
    {"properties": {"password": {"type": "string", "format": "password", "minLength": 8}}},
    {"properties": {"token": {"type": "string", "description": "The token to use"}}},
    {"securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
    {"security": [{"bearerAuth": []}]},
    {"auth": {"web": {"type": "oidc", "public": False, "grants": [{"org": "harborline"}]}}},
    {"variables": {"SLACK_BOT_TOKEN": {"ref": "HARBOR_SLACK_BOT", "targets": ["interface.slack"], "secret": True}}},
    {"variables": {"NOTES_API_KEY": {"targets": ["agent"], "secret": True, "description": "Key of the notes service"}}},
    {"variables": {"REGION": {"value": "eu", "targets": ["agent"]}}},
    {"env": [{"name": "MAX_TOKENS", "value": "4096"}]},
    {"env": [{"name": "TOKENIZER", "value": "cl100k_base"}]},
    {"env": [{"name": "AUTH_TYPE", "value": "oidc"}]},
    {"env": [{"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"}]},
    {"env": [{"name": "DB_PASSWORD", "value": "$(VAULT_DB_PASSWORD)"}]},
    {"env": [{"key": "region", "value": "eu-west-1"}]},
    {"headers": [{"name": "Content-Type", "value": "application/json"}]},
    {"matchExpressions": [{"key": "team", "operator": "In", "values": ["web"]}]},
    {"tolerations": [{"key": "dedicated", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}]},
    {"args": ["--port", "8080", "--log-level", "debug"]},
    {"args": ["--token-ttl", "15m", "--auth-mode", "oidc"]},
    {"args": ["--password-file", "/run/secrets/db", "--no-auth"]},
    {"command": ["mkdir", "-p", "/data/cache"]},
    {"command": ["docker", "run", "-p", "8080:80", "nginx"]},
    {"command": ["psql", "-p", "5432", "-U", "app"]},
    {"command": ["cargo", "test", "-p", "harbor-core"]},
    {"command": ["pg_isready", "-U", "app", "-d", "shop"]},
    {"test": ["CMD", "curl", "-f", "http://localhost:8080/healthz"]},
    {"required": ["username", "password"]},
    {"fields": ["token", "secret", "password"]},
    {"scopes": ["openid", "profile", "offline_access"]},
    {"providers": {"password": {"enabled": True}, "magic_link": {"enabled": False}}},
    {"limits": {"tokens": 100000, "requests": 60}},
    {"usage": {"prompt_tokens": 39, "completion_tokens": 812, "total_tokens": 851}},
    {"model": {"name": "qwen3:14b", "maxTokens": 4096, "stop_tokens": ["</s>", "<|im_end|>"]}},
    {"authSecretRef": {"clientSecret": {"name": "azure-secret-sp", "key": "ClientSecret"}}},
    {"secretStoreRef": {"name": "aws-parameterstore", "kind": "SecretStore"}},
    {"data": [{"secretKey": "username", "remoteRef": {"key": "app/username"}}]},
    {"keys": ["name", "id"]},
    {"dependencies": {"jsonwebtoken": "^9.0.2", "bcrypt": "5.1.1"}},
    {"scripts": {"seed": "node scripts/seed.js", "auth:test": "jest auth"}},
    {"errors": {"password": "is required", "token": "has expired"}},
    {"labels": {"password": "Password", "token": "Token", "forgot": "Forgot your password?"}},
]


def ordinary() -> list[Item]:
    """Return every ordinary value of the corpus."""
    found = [Item("name", {name: value}) for name, value in NAMED]
    placeholders = [text.strip() for text in PLACEHOLDERS if text.strip()]
    for number, text in enumerate(placeholders):
        found.append(Item("placeholder", {PLACEHOLDER_NAMES[number % len(PLACEHOLDER_NAMES)]: text}))
        found.append(Item("placeholder", {"env": [{"name": "DB_PASSWORD", "value": text}]}))
    found += (Item("value", {"note": value}) for value in VALUES)
    found += (Item("text", text.strip()) for text in TEXTS)
    found += (Item("document", document) for document in DOCUMENTS)
    found += (Item("family", content.strip() if isinstance(content, str) else content) for content in FAMILIES)
    found += (Item("value in text", f"loaded {json.dumps(value)} in 12 ms") for value in VALUES[:40])
    return found
