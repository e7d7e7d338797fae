package dev.tandem.store.redis.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** The servers that the other tests stand on. */
class TestServersTest {

    @Test
    void start_configLines_areInForce() {
        try (RedisServer server = RedisServer.start("maxmemory 7mb", "appendonly yes")) {
            assertThat(server.command("CONFIG", "GET", "maxmemory")).endsWith("7340032");
            assertThat(server.command("CONFIG", "GET", "appendonly")).endsWith("yes");
            assertThat(Files.exists(server.unixSocket())).isTrue();
        }
    }

    @Test
    void startWithPassword_othersWithoutIt_areRefused() {
        try (RedisServer server = RedisServer.startWithPassword("s3cret");
                Jedis stranger = new Jedis("127.0.0.1", server.port())) {
            assertThat(server.command("SET", "a", "1")).isEqualTo("OK");
            assertThatThrownBy(() -> stranger.get("a"))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageStartingWith("NOAUTH");
        }
    }

    @Test
    void kill_andRestart_keepsPortAndWhatWasPersisted() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync always")) {
            server.command("SET", "a", "1");
            server.kill();
            assertThatThrownBy(() -> server.command("GET", "a")).isInstanceOf(JedisConnectionException.class);
            server.restart();
            assertThat(server.command("GET", "a")).isEqualTo("1");
        }
    }

    @Test
    void pause_untilResumed_answersNothing() {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = new Jedis("127.0.0.1", server.port(), 100)) {
            jedis.ping();
            server.pause();
            assertThatThrownBy(jedis::ping).isInstanceOf(JedisConnectionException.class);
            server.resume();
            assertThat(server.command("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void failOver_oneReplicaOfTwo_isThePrimary() {
        try (RedisReplication replication = RedisReplication.start(2)) {
            RedisServer first = replication.primary();
            first.command("SET", "a", "1");
            assertThat(first.command("WAIT", "2", "1000")).isEqualTo("2");
            first.kill();
            RedisServer second = replication.awaitOtherPrimary(first);
            assertThat(second.command("GET", "a")).isEqualTo("1");
            assertThat(second.command("SET", "b", "2")).isEqualTo("OK");
        }
    }

    @Test
    void moveSlot_itsKey_isAtTheTarget() {
        RedisCluster cluster = SharedServers.cluster();
        RedisServer source = cluster.primaryOf("{moved}");
        RedisServer target = cluster.nodes().stream()
                .filter(node -> node != source)
                .findFirst()
                .orElseThrow();
        source.command("SET", "{moved}:a", "1");
        cluster.moveSlot("{moved}", target);
        assertThat(cluster.primaryOf("{moved}")).isSameAs(target);
        assertThat(target.command("GET", "{moved}:a")).isEqualTo("1");
        assertThatThrownBy(() -> source.command("GET", "{moved}:a")).hasMessageContaining("MOVED");
    }

    /** A test JVM that is killed leaves no server behind: the watchman sees its pipe break. */
    @Test
    void killedJvm_itsServersAndFolder_areGone() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Forgetful.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> said =
                jvm.inputReader(StandardCharsets.UTF_8).lines().limit(2).toList();
        ProcessHandle server = ProcessHandle.of(Long.parseLong(said.get(0))).orElseThrow();
        Path folder = Path.of(said.get(1));
        assertThat(folder).exists();
        jvm.destroyForcibly().waitFor();
        Workshop.await("the server ends", Duration.ofSeconds(10), () -> !server.isAlive());
        Workshop.await("the folder is deleted", Duration.ofSeconds(10), () -> !Files.exists(folder));
    }

    /** Starts a server, tells of it, and waits to be killed. */
    static final class Forgetful {
        public static void main(String[] args) throws Exception {
            RedisServer server = RedisServer.start();
            String pid = server.command("INFO", "server")
                    .lines()
                    .filter(line -> line.startsWith("process_id:"))
                    .findFirst()
                    .orElseThrow()
                    .substring("process_id:".length());
            System.out.println(pid);
            System.out.println(server.folder());
            System.out.flush();
            Thread.currentThread().join();
        }
    }
}
