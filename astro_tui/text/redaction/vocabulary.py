"""The words that keys are made of, by what they say about a value."""

from __future__ import annotations

from astro_tui.text.redaction.words import lazy, word_set

FOREIGN_PASSWORDS = word_set(
    # German, Dutch, the Nordic languages
    "passwort passwörter kennwort geheim geheimnis zugangsdaten wachtwoord lösenord losenord adgangskode passord"
    # Spanish, Portuguese, French, Italian
    " contraseña contraseñas contrasena contrasenas contrasenya clave secreto senha segredo motdepasse mdp parola"
    " segreto"
    # Polish, Czech, Croatian, Hungarian, Turkish, Finnish
    " hasło haslo heslo lozinka jelszó jelszo şifre sifre salasana"
    # Russian, Ukrainian, Chinese, Japanese, Korean
    " пароль пароли секрет 密码 密碼 口令 パスワード 暗証番号 비밀번호 密钥 密鑰 金鑰 秘密鍵"
)
PASSWORDS = FOREIGN_PASSWORDS | word_set(
    "password passwords passwd passwds pwd pwds pw pws passphrase passphrases passcode"
    " passwrd passwrod pasword psswd"
    " secret secrets credential credentials cred creds authorization psk cvv cvc storepass keypass"
)
CREDENTIALS = word_set("credential credentials cred creds authorization")
TOKENS = word_set("token tokens jwt jwts bearer csrftoken cookie authtoken authtok jeton токен 令牌 トークン 토큰")
LIKELY = word_set(
    "auth hmac private session sessions sessid signature sig sign salt pepper nonce otp totp seed cookies"
    " assertion pass authentication csrf xsrf phpsessid jsessionid"
)
JOINED = lazy(
    "(?:password|passwd|passphrase|secret|credential|passwort|(?<!over)pwd"
    "|(?:db|pg|my|mysql|user|root|admin|smtp|mail|ftp|redis|ldap|rabbit|mongo|require|key|store|bind"
    "|ssh|vnc|wifi|jdbc|sql|auth|login|web|app|svc|service|proxy|sudo|zip|su)pass)s?$"
    "|(?:root|bind|db|admin|user|ldap|http|ftp|smtp|mail|pg)pw$"
    "|(?:пароль|密码|密碼|口令|パスワード|비밀번호|密钥)$"
)
JOINED_TOKEN = lazy("[a-z]{2}(?<!tik)tokens?$")
JOINED_KEY = lazy(
    "^(?:x?h?api|access|account|signing|encryption|decryption|private|priv|secret|master|shared|ssh|app|auth|pass"
    "|subscription|client|consumer|service|instrumentation)keys?$"
)

SERVICES = word_set(
    "openai ai anthropic claude gemini cohere mistral groq huggingface hf replicate pinecone weaviate qdrant"
    " supabase firebase stripe github gitlab bitbucket aws azure gcp google maps sendgrid twilio mailgun datadog dd"
    " sentry relic newrelic algolia cloudflare heroku linear slack discord telegram notion airtable segment"
    " mixpanel amplitude posthog launchdarkly okta auth0 pagerduty opsgenie splunk elastic grafana honeycomb"
    " rollbar bugsnag mapbox weather openweather serp tavily serper exa brave bing deepl elevenlabs langsmith"
    " langfuse langchain wandb voyage together fireworks perplexity deepseek openrouter xai fal stability"
    " assemblyai deepgram plaid square braintree paypal adyen shopify hubspot salesforce zendesk intercom mailchimp"
    " postmark sparkpost resend digitalocean linode vultr fastly netlify vercel npm pypi nuget snyk sonar codecov"
    " dropbox asana jira atlassian figma zoom twitch twitter facebook linkedin dynatrace logdna loggly"
    " sumologic infura alchemy etherscan coinbase binance kraken rails django laravel flask jenkins argocd consul"
    " nomad databricks snowflake fernet"
    " agentops railway vapi sambanova gladia retell cartesia helicone braintrust cerebras jina firecrawl unkey replit"
    " novita nebius voyageai humanloop portkey browserbase apify"
)
"""Who issues keys."""
KEYS = SERVICES | word_set(
    "api access account signing sign encryption encrypt decryption decrypt private priv secret master app"
    " application ssh deploy license licence service shared storage auth session hmac cipher crypto aes rsa ecdsa"
    " ed25519 pgp gpg tls ssl webhook admin root write ingest ingestion integration subscription function client"
    " consumer oauth jwt cookie vault wallet server activation recovery backup org box instrumentation"
)
"""What a secret key is for, or who issues it."""
PLAIN_KEYS = word_set(
    "sort primary foreign partition public pub publishable cache object route row column index group label"
    " topology hot shortcut lookup unique natural composite surrogate candidate map dict json field config setting"
    " env metadata meta tag param query message translation i18n locale project issue idempotency dedupe"
    " deduplication event metric order data restore range record host hosts known item node annotation selector"
    " authorized path name form menu arrow answer registry join merge s3 bucket file state lock queue topic"
    " property attribute header default parent child left right up down enter escape return feature flag"
    " socket parameter variable option limit rate dictionary distribution dist shard time date version resource user"
    " tenant context trace output input binding chat memory thread conversation const let from with by on the this"
    " accessor series chart axis x y dedup incident alert task story job pipeline step build artifact component page"
    " slot category kind type branch release bloom redis kafka consul etcd zookeeper"
)
PUBLIC = word_set(
    "integrity checksum checksums digest digests sha sha1 sha256 sha512 md5 fingerprint fingerprints thumbprint"
    " etag commit rev revision hash hashes uid uuid guid certificate certificates cert certs ca cabundle csr pubkey"
    " sri image tag fp cursor cursors cid recipient recipients"
)
TAILS = word_set(
    # kinds, limits, sizes
    "type types kind kinds limit limits limiter quota max maximum min minimum count counts counter size sizes"
    " length len width number num amount total usage used budget budgets window cost price per rate ratio percent"
    " percentage weight logprob logprobs"
    # time
    " ttl expiry expires expire expired expiration expiring timeout timeouts interval intervals age at date time"
    " timestamp days hours minutes mins seconds secs sec ms lifetime duration validity valid period rotation rotate"
    " schedule lifespan leeway skew delay retry retries retention created updated until since"
    # places and references
    " url urls uri uris endpoint endpoints host hosts hostname port ports path paths file files filename filepath"
    " dir directory folder location region arn address domain origin name names id ids identifier ref refs"
    " reference references alias selector index from source store stores storage mount mounts mountpath volume"
    " volumes bucket"
    # description
    " label labels title description desc hint hints help text message messages placeholder example examples note"
    " notes field fields header headers prefix suffix column param params parameter parameters property attribute"
    " claim claims scope scopes format formats encoding charset pattern regex rule rules schema template templates"
    " view page screen form input button icon color colour prompt question questions"
    # behavior
    " enabled enable disabled disable required require optional allowed allow supported policy policies strength"
    " complexity validator validators validation algorithm algorithms alg algo method methods mode provider"
    " providers issuer issuers audience aud status state states version versions strategy class classes role roles"
    " backend engine plugin plugins config configuration settings options option schema driver namespace annotation"
    " annotations manager management service generator handler middleware module package helper util utils parser"
    " factory resolver client controller guard interceptor hook hooks cache bucket buckets grant grants flow"
    " exchange introspection revocation renewal reset change changed update updates history action actions event"
    " events error errors code codes output sha fingerprint thumbprint checksum digest pub public user username"
    " users email owner owners group groups subject accountname serviceaccount lock locked tries attempts attempt"
    " usages trigger stdin env var variable check checks exists present found visible hidden length entropy"
    " tokenizer tokenization agent link links binding bindings controllers request requests reader readers writer"
    " writers rounds cost iterations iteration list listing hashing hasher hashers lockout reuse autocomplete"
    " visibility locale language layout casing characters behavior behaviour transport project tenant organization"
    " workspace team memory parallelism spec specs manager sources func function serializer deserializer converter"
    " expression by lookup counter splitter display access usage plan tier edit"
)
TRANSPARENT = word_set(
    "prod production dev development staging stage test testing qa live sandbox old new current previous next prev"
    " value values val data b64 base64 str string raw plain cleartext clear text encrypted decoded encoded primary"
    " secondary backup main v default confirm confirmation again repeat a b c x y fallback local remote"
)
HEADS = word_set(
    "max min num no use using is has have enable enabled disable disabled allow allowed require required requires"
    " show hide skip validate verify check forgot count total existing public without supports support should can"
    " must automount persist generate create rotate update ignore include exclude mask redact per ask prompt"
    " unexpected invalid illegal unknown expired missing undefined"
)
TOKENIZER_TOKENS = word_set("pad eos bos eot eog eom unk sep cls fim")
"""Tokens with a meaning to a language model; a service issues none of that name."""
MODEL_TOKENS = TOKENIZER_TOKENS | word_set(
    "max min prompt completion input output total context reasoning thinking generated cached stop special num n"
    " budget mask end start begin image audio candidates response next page continuation"
    " continue cancellation sync separator delimiter design theme word sub stopping used remaining new"
)
PAGE_TOKENS = word_set("page next continuation continue sync")
HEAD_FIRST = word_set("contraseña contrasena contrasenya clave senha parola motdepasse mdp mot пароль")
"""Nouns in languages whose compounds begin with the head: `senha_banco` is a password as `senha` is."""
FOREIGN_KEYS = word_set("clave chave cle clé chiave schlüssel schluessel ключ")
"""Keys in other languages, secret beside one of `FOREIGN_SECRETS`, on either side: `chave_api`, `секретный_ключ`."""
FOREIGN_SECRETS = word_set(
    "api secreta secrète secrete segreta privada privée privee privata acceso acesso accès acces maestra mestra"
    " geheimer privater секретный приватный закрытый"
)
FOREIGN_TAILS = word_set(
    "primaria primária pública publica publique pubblica foránea foranea extranjera estrangeira externa incorrecta"
    " incorreta inválida invalida oubliée olvidada esquecida"
)
