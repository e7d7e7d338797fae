package dev.tandem.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tandem.store.raft.log.Durability;
import dev.tandem.store.raft.member.RaftMemberOptions;
import dev.tandem.store.raft.node.NodeOptions;
import dev.tandem.store.raft.node.NodeTls;
import dev.tandem.store.redis.link.Credentials;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.link.RedisRequirement;
import dev.tandem.store.sqlite.SqliteOptions.Synchronous;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    @TempDir
    private Path folder;

    @Test
    void load_nothingGiven_isTheDocumentedDefaults() throws ConfigException {
        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(null, Map.of(), Map.of()));

        assertThat(config.listen()).isEqualTo(new HostPort("127.0.0.1", 7420));
        assertThat(config.admin()).contains(new HostPort("127.0.0.1", 7421));
        assertThat(config.store()).hasToString("sqlite:./tandem.db");
        assertThat(config.stores()).containsExactly(config.store());
        assertThat(config.adminToken()).isNull();
        assertThat(config.shadowReads()).isZero();
        assertThat(config.sqlite().orElseThrow().synchronous()).isEqualTo(Synchronous.FULL);
        assertThat(config.limits().payloadBytesMax()).isEqualTo(256 * 1024);
        assertThat(config.drainTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.unixSocket()).isNull();
        assertThat(config.tracing()).isNull();
    }

    @Test
    void load_givenEverywhere_flagWinsOverVariableOverFile() throws Exception {
        Path file = file("listen: 127.0.0.1:1\nadmin: 127.0.0.1:2\nlimits:\n  payload: 1MiB\n");
        Map<String, String> environment = Map.of(
                "TANDEM_CONFIG",
                file.toString(),
                "TANDEM_LISTEN",
                "127.0.0.1:3",
                "TANDEM_ADMIN",
                "off",
                "PATH",
                "/bin");

        Settings settings = ConfigLoader.load(null, environment, Map.of(Keys.LISTEN, "127.0.0.1:4"));

        SidecarConfig config = SidecarConfig.of(settings);
        assertThat(config.listen().port()).isEqualTo(4);
        assertThat(config.admin()).isEmpty();
        assertThat(config.limits().payloadBytesMax()).isEqualTo(1 << 20);
        assertThat(settings.source(Keys.LISTEN)).isEqualTo("--listen");
        assertThat(settings.source(Keys.ADMIN)).isEqualTo("TANDEM_ADMIN");
        assertThat(settings.source(Keys.LIMITS_PAYLOAD)).isEqualTo(file + ":4");
        assertThat(settings.source(Keys.STORE)).isEqualTo("default");
    }

    @Test
    void load_redis_isUnderstoodAndItsPasswordNeverShown() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "s3cret\n");
        Path file = file("store: rediss+cluster://a,b:7000\nredis:\n  user: tandem\n  password_file: " + password
                + "\n  require: fsync, wait=1\n  call_timeout: 5s\n  tls:\n    server_name: redis.test\n");

        Settings settings = ConfigLoader.load(file, Map.of(), Map.of());

        SidecarConfig config = SidecarConfig.of(settings);
        assertThat(config.sqlite()).isEmpty();
        RedisOptions link = config.redis().orElseThrow().link();
        assertThat(link.address()).hasToString("rediss+cluster://a,b:7000");
        assertThat(link.credentials()).isEqualTo(new Credentials("tandem", "s3cret"));
        assertThat(link.require()).isEqualTo(RedisRequirement.parse("fsync,wait=1"));
        assertThat(link.callTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(link.tls().serverName()).isEqualTo("redis.test");
        assertThat(config.toString()).doesNotContain("s3cret");
        assertThat(settings.shown(Keys.REDIS_PASSWORD)).isEqualTo("(secret)");
    }

    /** What contradicts itself, with a Redis as the store. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "user: me | the Redis user me needs a password: set redis.password_file, or TANDEM_REDIS_PASSWORD in the environment.",
                "tls: {key_file: k} | redis.tls.certificate_file and redis.tls.key_file go together: set both.",
                "{require: wait=1, wait_timeout: 3s} | redis.wait_timeout has to be shorter than redis.call_timeout.",
                "require: always | FILE:2: redis.require must be none, or some of aof, fsync, min-replicas=N, wait=N and waitaof=N with commas between, not \"always\".",
            })
    void load_badRedis_isRefusedInOneSentence(String text, String sentence) throws IOException {
        String lines = text.startsWith("{") ? " " + text : "\n  " + text;
        Path file = file("redis:" + lines + "\nstore: redis://a\n");

        assertThat(problems(file, Map.of(), Map.of())).containsExactly(sentence.replace("FILE", file.toString()));
    }

    @Test
    void load_raft_isUnderstood() throws Exception {
        Path file = file("""
                store: raft:./tasks
                raft:
                  cluster: orders
                  listen: 10.0.0.2:5701
                  members: 10.0.0.1:5701, 10.0.0.2:5701,10.0.0.3:5701,d:5701,[::1]:5701
                  voting_members: 5
                  groups: 7
                  durability: none
                  leader_timeout: 2s
                  start_timeout: 30s
                """);

        RaftOptions raft = SidecarConfig.of(ConfigLoader.load(file, Map.of(), Map.of()))
                .raft()
                .orElseThrow();

        RaftMemberOptions member = raft.member();
        assertThat(raft.startTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(member.folder()).isEqualTo(Path.of("./tasks"));
        assertThat(member.cluster()).isEqualTo("orders");
        assertThat(member.host()).isEqualTo("10.0.0.2");
        assertThat(member.port()).isEqualTo(5701);
        assertThat(member.members()).hasSize(5).contains("10.0.0.2:5701", "[::1]:5701");
        assertThat(member.votingMembers()).isEqualTo(5);
        assertThat(member.groups()).isEqualTo(7);
        assertThat(member.durability()).isEqualTo(Durability.NONE);
        RaftMemberOptions.Timings timings = member.timings();
        assertThat(timings.heartbeat().multipliedBy(timings.heartbeatsMissed())).isEqualTo(Duration.ofSeconds(2));
        assertThat(timings.election()).isEqualTo(Duration.ofMillis(1200));
    }

    @Test
    void load_raftByDefault_hasTheMembersOwnDefaults() throws Exception {
        Path file = file("store: raft:./tasks\nraft:\n  members: a:1,b:1,c:1\n");

        RaftMemberOptions member = SidecarConfig.of(ConfigLoader.load(file, Map.of(), Map.of()))
                .raft()
                .orElseThrow()
                .member();

        assertThat(member)
                .isEqualTo(RaftMemberOptions.of(
                        "tandem", "127.0.0.1", 5701, List.of("a:1", "b:1", "c:1"), Path.of("./tasks")));
    }

    /** What contradicts itself, or is missing, with Raft as the store. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "voting_members: 3 | raft.members is missing: say where all Raft members listen, this one too, such as 127.0.0.1:5701,127.0.0.1:5702,127.0.0.1:5703.",
                "{members: \"a:1,b:1,c:1\", voting_members: 0} | raft.voting_members must not be 0: without votes there is no consensus, and what was acknowledged could be lost. Set it to 3 or 5.",
                "{members: \"a:1,b:1,c:1\", voting_members: 1} | raft.voting_members must be at least 3, not 1: Raft on one member survives no failure. Use the SQLite store.",
                "{members: \"a:1,b:1,c:1,d:1\", voting_members: 4} | raft.voting_members must be odd, not 4: 4 survive no more failures than 3. Set it to 5 or 3.",
                "{members: \"a:1,b:1,c:1\", voting_members: 9} | raft.voting_members must be 7 at most, not 9: each write waits for most of them.",
                "{members: \"a:1,b:1\"} | raft.voting_members is 3, but there are 2 in raft.members: [a:1, b:1]. Name all members there.",
                "{members: \"a:1,b:1,c:1\", groups: 65} | FILE:2: raft.groups must be a whole number from 1 to 64, not \"65\".",
                "{members: \"a:1,b:1,a:1\"} | FILE:2: raft.members must be host:port,host:port.., each once, such as 10.0.0.1:5701,10.0.0.2:5701,10.0.0.3:5701, not \"a:1,b:1,a:1\".",
                "{members: \"a:1,b,c:1\"} | FILE:2: raft.members must be host:port,host:port.., each once, such as 10.0.0.1:5701,10.0.0.2:5701,10.0.0.3:5701, not \"a:1,b,c:1\".",
                "listen: 0.0.0.0:5701 | FILE:2: raft.listen must be host:port by which the others reach this member, such as 10.0.0.1:5701, not \"0.0.0.0:5701\".",
                "listen: a:0 | FILE:2: raft.listen must be host:port by which the others reach this member, such as 10.0.0.1:5701, not \"a:0\".",
                "durability: disk | FILE:2: raft.durability must be one of fsync, none, not \"disk\".",
                "cluster: a b | FILE:2: raft.cluster must be up to 63 letters, digits, dots and dashes, not \"a b\".",
                "leader_timeout: 1ms | FILE:2: raft.leader_timeout must be a duration from 100ms to 30s, with a unit (ms, s, m, h, d), such as 30s, not \"1ms\".",
                "start_timeout: 0s | FILE:2: raft.start_timeout must be a duration from 1s to 1d, with a unit (ms, s, m, h, d), such as 30s, not \"0s\".",
            })
    void load_badRaft_isRefusedInOneSentence(String text, String sentence) throws IOException {
        Path file = file("raft:\n  " + text + "\nstore: raft:./tasks\n");

        assertThat(problems(file, Map.of(), Map.of())).containsExactly(sentence.replace("FILE", file.toString()));
    }

    @Test
    void load_nodes_areUnderstood() throws Exception {
        Path file = file("""
                store: tandem://10.0.0.1:7422, nodes.test:7422
                nodes:
                  cluster: orders
                  start_timeout: 3s
                  silence_timeout: 2s
                  calls: 7
                  call_bytes: 2MiB
                  tls:
                    ca_file: ca
                    certificate_file: c
                    key_file: k
                    server_name: nodes.test
                """);

        NodeOptions nodes = SidecarConfig.of(ConfigLoader.load(file, Map.of(), Map.of()))
                .nodes()
                .orElseThrow();

        assertThat(nodes.addresses()).containsExactly("10.0.0.1:7422", "nodes.test:7422");
        assertThat(nodes.cluster()).isEqualTo("orders");
        assertThat(nodes.startTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(nodes.silenceMax()).isEqualTo(Duration.ofSeconds(2));
        assertThat(nodes.callsMax()).isEqualTo(7);
        assertThat(nodes.callBytesMax()).isEqualTo(2 << 20);
        assertThat(nodes.tls()).isEqualTo(new NodeTls(Path.of("ca"), Path.of("c"), Path.of("k")));
        assertThat(nodes.serverName()).isEqualTo("nodes.test");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{tls: {ca_file: c}} | nodes.tls.ca_file, nodes.tls.certificate_file and nodes.tls.key_file go together: set all three, or none.",
                "{tls: {server_name: n}} | nodes.tls.server_name is given, but not nodes.tls.ca_file, nodes.tls.certificate_file and nodes.tls.key_file: set them, too.",
                "{calls: 0} | FILE:1: nodes.calls must be a whole number from 1 to 1000000, not \"0\".",
                "{silence_timeout: 1ms} | FILE:1: nodes.silence_timeout must be a duration from 50ms to 1m, with a unit (ms, s, m, h, d), such as 30s, not \"1ms\".",
            })
    void load_badNodes_areRefusedInOneSentence(String text, String sentence) throws IOException {
        Path file = file("nodes: " + text + "\nstore: tandem://a:1\n");

        assertThat(problems(file, Map.of(), Map.of())).containsExactly(sentence.replace("FILE", file.toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "stores: redis://a; tandem://b:1 , c:2",
                "stores: redis://a  tandem://b:1, c:2",
                "stores:\\n  - redis://a\\n  - tandem://b:1,c:2",
                "stores: [redis://a, \"tandem://b:1,c:2\"]",
            })
    void load_furtherStores_areUnderstoodInEachWay(String text) throws Exception {
        Path file = file(text.replace("\\n", "\n") + "\n");

        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(file, Map.of(), Map.of()));

        assertThat(config.store()).hasToString("sqlite:./tandem.db");
        assertThat(config.stores()).map(StoreLocation::name).containsExactly("sqlite", "redis", "nodes");
        assertThat(config.sqlite()).isPresent();
        assertThat(config.redis().orElseThrow().link().address()).hasToString("redis://a");
        assertThat(config.nodes().orElseThrow().addresses()).containsExactly("b:1", "c:2");
        assertThat(config.raft()).isEmpty();
    }

    @Test
    void load_furtherStoresInAVariable_areUnderstood() throws Exception {
        Settings settings = ConfigLoader.load(
                null,
                Map.of("TANDEM_STORE", "redis://a", "TANDEM_STORES", "sqlite:./t.db tandem://b:1,c:2"),
                Map.of(Keys.SHADOW_READS, "0.25"));

        SidecarConfig config = SidecarConfig.of(settings);
        assertThat(config.stores())
                .map(StoreLocation::toString)
                .containsExactly("redis://a", "sqlite:./t.db", "tandem://b:1,c:2");
        assertThat(config.shadowReads()).isEqualTo(0.25);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "stores: sqlite:./b.db | there are two stores that policies would call sqlite, sqlite:./tandem.db and sqlite:./b.db: leave one out of store and stores.",
                "stores: redis://a redis://b | there are two stores that policies would call redis, redis://a and redis://b: leave one out of store and stores.",
                "stores: raft:./r | raft.members is missing: say where all Raft members listen, this one too, such as 127.0.0.1:5701,127.0.0.1:5702,127.0.0.1:5703.",
                "{stores: redis://a, redis: {user: me}} | the Redis user me needs a password: set redis.password_file, or TANDEM_REDIS_PASSWORD in the environment.",
                "stores: a | FILE:1: stores must be sqlite:PATH, redis://HOST:PORT, raft:FOLDER or tandem://HOST:PORT,HOST:PORT.., such as sqlite:./tandem.db, not \"a\".",
                "stores: [[a]] | FILE:1: stores must be a list of single values.",
                "listen: [a] | FILE:1: listen must be a single value, not a list or a group.",
                "{stores: \"raft:./r tandem://a:1\", raft: {members: \"a:1,b:1,c:1\"}} | raft and nodes have to be two clusters, as one store can't be moved to itself: set nodes.cluster to the raft.cluster of the store nodes, and raft.cluster of this member to another name.",
                "admin_token: short | FILE:1: admin_token must be a text of 16 to 512 letters, digits and signs without spaces.",
            })
    void load_badStores_areRefusedInOneSentence(String text, String sentence) throws IOException {
        Path file = file(text + "\n");

        assertThat(problems(file, Map.of(), Map.of())).containsExactly(sentence.replace("FILE", file.toString()));
    }

    @Test
    void load_raftAndNodesOfTwoClusters_areBoth() throws Exception {
        Path file = file("""
                stores: ["raft:./r", "tandem://a:1"]
                raft: {members: "a:1,b:1,c:1"}
                nodes: {cluster: other}
                """);

        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(file, Map.of(), Map.of()));

        assertThat(config.raft()).isPresent();
        assertThat(config.nodes().orElseThrow().cluster()).isEqualTo("other");
    }

    @Test
    void load_adminToken_isReadFromItsFileAndNeverShown() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "s3cret-s3cret-s3cret\n");

        Settings settings = ConfigLoader.load(null, Map.of("TANDEM_ADMIN_TOKEN_FILE", token.toString()), Map.of());

        SidecarConfig config = SidecarConfig.of(settings);
        assertThat(config.adminToken()).isEqualTo(new SidecarConfig.AdminToken("s3cret-s3cret-s3cret"));
        assertThat(config.toString()).doesNotContain("s3cret");
        assertThat(settings.shown(Keys.ADMIN_TOKEN)).isEqualTo("(secret)");
    }

    @Test
    void load_aNodesOwn_isUnderstood() throws Exception {
        Path file = file("""
                admin: off
                raft:
                  members: a:1,b:1,c:1
                node:
                  listen: 10.0.0.1:7000
                  data: ./d
                  insecure: true
                  tls:
                    certificate_file: c
                    key_file: k
                    client_ca_file: ca
                """);

        NodeConfig node = NodeConfig.of(ConfigLoader.load(file, Map.of(), Map.of(), NodeConfig::contradictions));

        assertThat(node.listen()).isEqualTo(new HostPort("10.0.0.1", 7000));
        assertThat(node.admin()).isEmpty();
        assertThat(node.raft().member().folder()).isEqualTo(Path.of("./d"));
        assertThat(node.server().host()).isEqualTo("10.0.0.1");
        assertThat(node.server().port()).isEqualTo(7000);
        assertThat(node.server().insecure()).isTrue();
        assertThat(node.server().tls()).isEqualTo(new NodeTls(Path.of("ca"), Path.of("c"), Path.of("k")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "node: {listen: \"127.0.0.1:7421\"} | node.listen and admin are both 127.0.0.1:7421: give one of them another port.",
                "node: {tls: {key_file: k}} | node.tls.client_ca_file, node.tls.certificate_file and node.tls.key_file go together: set all three, or none.",
                "node: {listen: here} | FILE:1: node.listen must be host:port, such as 127.0.0.1:7420 (port 0 for any free one), not \"here\".",
                "raft: {voting_members: 5} | raft.voting_members is 5, but there are 3 in raft.members: [a:1, b:1, c:1]. Name all members there.",
            })
    void load_badNode_isRefusedInOneSentence(String text, String sentence) throws IOException {
        Path file = file(text + "\n");

        ConfigException refused = catchThrowableOfType(
                ConfigException.class,
                () -> ConfigLoader.load(
                        file, Map.of("TANDEM_RAFT_MEMBERS", "a:1,b:1,c:1"), Map.of(), NodeConfig::contradictions));

        assertThat(refused.problems()).containsExactly(sentence.replace("FILE", file.toString()));
    }

    @Test
    void load_configFlag_winsOverTheVariable() throws Exception {
        Path file = file("log:\n  level: debug\n");

        Settings settings = ConfigLoader.load(file, Map.of("TANDEM_CONFIG", "/nowhere"), Map.of());

        assertThat(SidecarConfig.of(settings).logLevel()).isEqualTo(LogLevel.DEBUG);
    }

    /** What each bad line is answered with; FILE stands for the file's name. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "lissten: 127.0.0.1:1 | FILE:1: unknown key lissten; did you mean listen?",
                "drain:\\n  timout: 3s | FILE:2: unknown key drain.timout; did you mean drain.timeout?",
                "timeout: 3s | FILE:1: unknown key timeout; did you mean drain.timeout?",
                "colour: blue | FILE:1: unknown key colour; `tandem config print` lists all keys.",
                "listen: 7420 | FILE:1: listen must be host:port, such as 127.0.0.1:7420 (port 0 for any free one), not \"7420\".",
                "listen: localhost:70000 | FILE:1: listen must be host:port, such as 127.0.0.1:7420 (port 0 for any free one), not \"localhost:70000\".",
                "listen: [1, 2] | FILE:1: listen must be a single value, not a list or a group.",
                "drain: 3s | FILE:1: drain is a group of keys: write the key within it, such as drain.grace.",
                "drain:\\n  timeout: 20 | FILE:2: drain.timeout must be a duration from 100ms to 10m, with a unit (ms, s, m, h, d), such as 30s, not \"20\".",
                "drain:\\n  timeout: 11m | FILE:2: drain.timeout must be a duration from 100ms to 10m, with a unit (ms, s, m, h, d), such as 30s, not \"11m\".",
                "drain:\\n  grace: 30s | drain.grace (30s) must be shorter than drain.timeout (20s).",
                "limits:\\n  payload: 256 | FILE:2: limits.payload must be a size from 1KiB to 16MiB, with a unit (B, KiB, MiB, GiB), such as 256KiB, not \"256\".",
                "event_loops: 0 | FILE:1: event_loops must be a whole number from 1 to 64, not \"0\".",
                "event_loops: -1 | FILE:1: event_loops must be a whole number from 1 to 64, not \"-1\".",
                "event_loops: many | FILE:1: event_loops must be a whole number from 1 to 64, not \"many\".",
                "event_loops: 99999999999 | FILE:1: event_loops must be a whole number from 1 to 64, not \"99999999999\".",
                "reflection: yes | FILE:1: reflection must be true or false, not \"yes\".",
                "store: redus://x | FILE:1: store must be sqlite:PATH, redis://HOST:PORT, raft:FOLDER or tandem://HOST:PORT,HOST:PORT.., such as sqlite:./tandem.db, not \"redus://x\".",
                "store: redis://a:secret@x | FILE:1: store can't be used: An address has no user and no password in it, since addresses are printed. Set redis.user, and redis.password_file or TANDEM_REDIS_PASSWORD.",
                "sqlite:\\n  synchronous: fast | FILE:2: sqlite.synchronous must be one of full, normal, off, not \"fast\".",
                "tracing:\\n  otlp_endpoint: collector:4317 | FILE:2: tracing.otlp_endpoint must be an http or https address, such as http://127.0.0.1:4318, not \"collector:4317\".",
                "tracing:\\n  sample: 2 | FILE:2: tracing.sample must be a number from 0 to 1, not \"2\".",
                "admin: 127.0.0.1:7420 | listen and admin are both 127.0.0.1:7420: give one of them another port.",
                "listen: | FILE:1: listen has no value; leave the key out for its default.",
                "listen: a:1\\nlisten: a:2 | FILE:2: listen was given before, at FILE:1; leave one out.",
                "- listen | FILE:1: must be keys and values, such as `listen: 127.0.0.1:7420`.",
                "? [a]\\n: b | FILE:1: a key must be a name.",
            })
    void load_badFile_isRefusedInOneSentence(String text, String sentence) throws IOException {
        Path file = file(text.replace("\\n", "\n"));

        assertThat(problems(file, Map.of(), Map.of())).containsExactly(sentence.replace("FILE", file.toString()));
    }

    @Test
    void load_brokenYaml_isRefusedWithItsLine() throws IOException {
        Path file = file("listen: 127.0.0.1:1\nadmin: \"127\n");

        assertThat(problems(file, Map.of(), Map.of()))
                .singleElement()
                .asString()
                .startsWith(file + ":")
                .contains("not valid YAML");
    }

    @Test
    void load_manyProblems_namesAllOfThem() throws IOException {
        Path file = file("lissten: x\nevent_loops: 0\n");

        List<String> problems = problems(file, Map.of("TANDEM_DRAIN_GRACE", "soon"), Map.of(Keys.LOG_LEVEL, "loud"));

        assertThat(problems)
                .containsExactly(
                        file + ":1: unknown key lissten; did you mean listen?",
                        file + ":2: event_loops must be a whole number from 1 to 64, not \"0\".",
                        "TANDEM_DRAIN_GRACE must be a duration from 0s to 1m, with a unit (ms, s, m, h, d), such as 30s, not"
                                + " \"soon\".",
                        "--log-level must be one of trace, debug, info, warn, error, not \"loud\".");
    }

    @Test
    void load_missingFile_saysWhatToCheck() {
        assertThat(problems(folder.resolve("none.yaml"), Map.of(), Map.of()))
                .containsExactly("there is no configuration file " + folder.resolve("none.yaml")
                        + ": check --config and TANDEM_CONFIG.");
    }

    @Test
    void load_folderOrNoText_isRefused() throws IOException {
        assertThat(problems(folder, Map.of(), Map.of()))
                .singleElement()
                .asString()
                .contains("can't be read");
        Path binary = folder.resolve("binary.yaml");
        Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThat(problems(binary, Map.of(), Map.of()))
                .containsExactly("the configuration file " + binary + " can't be read (it is not UTF-8 text).");
    }

    @Test
    void load_hugeFile_isRefusedUnread() throws IOException {
        Path file = folder.resolve("huge.yaml");
        Files.writeString(file, "#".repeat((int) ConfigLoader.FILE_BYTES_MAX + 1));

        assertThat(problems(file, Map.of(), Map.of()))
                .containsExactly(file + " is larger than a configuration can be (1 MiB).");
    }

    @Test
    void load_unknownVariable_isRefusedWithTheNearest() {
        assertThat(problems(null, Map.of("TANDEM_LISTN", "x"), Map.of()))
                .containsExactly("unknown variable TANDEM_LISTN; did you mean TANDEM_LISTEN?");
    }

    /** A Kubernetes Service called tandem puts variables of its own into every pod, which must not stop a sidecar. */
    @Test
    void load_variablesOfAServiceCalledTandem_areNotOurs() throws ConfigException {
        Map<String, String> environment = Map.of(
                "TANDEM_SERVICE_HOST", "10.0.0.1",
                "TANDEM_SERVICE_PORT", "7420",
                "TANDEM_SERVICE_PORT_GRPC", "7420",
                "TANDEM_PORT", "tcp://10.0.0.1:7420",
                "TANDEM_PORT_7420_TCP", "tcp://10.0.0.1:7420",
                "TANDEM_PORT_7420_TCP_PROTO", "tcp",
                "TANDEM_PORT_7420_TCP_PORT", "7420",
                "TANDEM_PORT_7420_TCP_ADDR", "10.0.0.1",
                "TANDEM_ADDRESS", "127.0.0.1:7420");

        assertThat(ConfigLoader.load(null, environment, Map.of()).source(Keys.LISTEN))
                .isEqualTo("default");
    }

    @Test
    void load_secretInAFile_isReadAndNeverShown() throws Exception {
        Path secret = folder.resolve("token");
        Files.writeString(secret, "authorization=Bearer s3cret\n");
        Path file = file("tracing:\n  otlp_endpoint: http://127.0.0.1:4318\n  otlp_headers_file: " + secret + "\n");

        Settings settings = ConfigLoader.load(file, Map.of(), Map.of());

        SidecarConfig.Tracing tracing = SidecarConfig.of(settings).tracing();
        assertThat(tracing).isNotNull();
        assertThat(tracing.headers()).isEqualTo("authorization=Bearer s3cret");
        assertThat(settings.shown(Keys.TRACING_HEADERS)).isEqualTo("(secret)");
        assertThat(SidecarConfig.of(settings).toString()).doesNotContain("s3cret");
    }

    @Test
    void load_secretTwiceInOnePlace_isRefusedWithoutShowingIt() throws IOException {
        Path secret = folder.resolve("token");
        Files.writeString(secret, "a=b");
        Path file = file(
                "tracing:\n  otlp_endpoint: http://h\n  otlp_headers: a=s3cret\n  otlp_headers_file: " + secret + "\n");

        assertThat(problems(file, Map.of(), Map.of()))
                .containsExactly(file + ":3 and " + file + ":4 both give tracing.otlp_headers: leave one out.");
    }

    @Test
    void load_badSecret_isRefusedWithoutShowingIt() {
        List<String> problems = problems(
                null,
                Map.of("TANDEM_TRACING_OTLP_ENDPOINT", "http://h", "TANDEM_TRACING_OTLP_HEADERS", "s3cret"),
                Map.of());

        assertThat(problems).containsExactly("TANDEM_TRACING_OTLP_HEADERS must be name=value,name=value.");
    }

    @Test
    void keys_all_haveNamesFlagsAndVariablesOfTheirOwn() {
        Set<String> names = new HashSet<>();
        for (Key<?> key : Keys.ALL) {
            assertThat(names.add(key.name())).as(key.name()).isTrue();
            assertThat(names.add(key.flag())).as(key.flag()).isTrue();
            assertThat(names.add(key.variable())).as(key.variable()).isTrue();
            assertThat(key.name()).matches("[a-z]+([._][a-z]+)*");
            assertThat(key.description()).endsWith(".");
        }
    }

    private List<String> problems(Path file, Map<String, String> environment, Map<Key<?>, String> flags) {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class, () -> ConfigLoader.load(file, new HashMap<>(environment), flags));
        assertThat(refused).as("should have been refused").isNotNull();
        return refused.problems();
    }

    private Path file(String text) throws IOException {
        Path file = folder.resolve("tandem.yaml");
        Files.writeString(file, text);
        return file;
    }
}
