package dev.tandem.store.redis.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.SafeEncoder;

/**
 * One real server process on a free port of 127.0.0.1, with a folder of its own.
 *
 * <p>It is ready when {@link #start} returns, and does not outlive this JVM. Not for two threads at once.
 */
public final class RedisServer implements AutoCloseable {
    private static final Duration READY_BOUND = Duration.ofSeconds(20);
    private static final int ADMIN_TIMEOUT_MILLIS = 10_000;

    private final String name;
    private final Path folder;
    private final int port;
    private final List<String> config;
    private final boolean sentinel;
    private int tlsPort;
    private @Nullable String adminPassword;
    private @Nullable Process process;

    private RedisServer(String name, int port, List<String> config, boolean sentinel) {
        this.name = name;
        this.folder = Workshop.INSTANCE.newFolder(name);
        this.port = port;
        this.sentinel = sentinel;
        this.config = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1", "dir " + folder));
        if (!sentinel) {
            // A test that wants persistence says so; later lines win.
            this.config.addAll(List.of("save \"\"", "appendonly no", "unixsocket " + folder.resolve("redis.sock")));
        }
        this.config.addAll(config);
    }

    /** Starts a server with these lines of configuration after the usual ones: no persistence, no password. */
    public static RedisServer start(String... config) {
        return start("redis", Workshop.freePort(), Arrays.asList(config), false);
    }

    /**
     * Starts a server that asks for a password.
     *
     * @param password of the user {@code default}, whom {@link #command} acts as
     */
    public static RedisServer startWithPassword(String password, String... config) {
        List<String> lines = new ArrayList<>(Arrays.asList(config));
        lines.add("requirepass " + password);
        RedisServer server = new RedisServer("redis", Workshop.freePort(), lines, false);
        server.adminPassword = password;
        server.run();
        return server;
    }

    /**
     * Starts a server that speaks TLS on {@link #tlsUrl}, and plainly on {@link #url}.
     *
     * @param trusted whose certificate a client has to show; null if it needs none
     */
    public static RedisServer startWithTls(TestCertificate own, @Nullable TestCertificate trusted, String... config) {
        int tlsPort = Workshop.freePort();
        List<String> lines = new ArrayList<>(Arrays.asList(config));
        lines.add("tls-port " + tlsPort);
        lines.add("tls-cert-file " + own.certificateFile());
        lines.add("tls-key-file " + own.keyFile());
        lines.add("tls-ca-cert-file " + (trusted == null ? own : trusted).certificateFile());
        lines.add("tls-auth-clients " + (trusted == null ? "no" : "yes"));
        RedisServer server = new RedisServer("tls", Workshop.freePort(), lines, false);
        server.tlsPort = tlsPort;
        server.run();
        return server;
    }

    /**
     * Begins a server that speaks TLS with everybody, its replicas and its cluster included, and plainly with {@link
     * #command}.
     *
     * @param password null for none
     */
    static RedisServer beginWithTls(
            String name, TestCertificate own, @Nullable String password, List<String> config, boolean sentinel) {
        int tlsPort = Workshop.freePort();
        List<String> lines = new ArrayList<>(List.of(
                "tls-port " + tlsPort,
                "tls-cert-file " + own.certificateFile(),
                "tls-key-file " + own.keyFile(),
                "tls-ca-cert-file " + own.certificateFile(),
                "tls-auth-clients no",
                "tls-replication yes"));
        if (password != null) {
            lines.add("requirepass " + password);
        }
        lines.addAll(config);
        RedisServer server = new RedisServer(name, Workshop.freePort(), lines, sentinel);
        server.tlsPort = tlsPort;
        server.adminPassword = password;
        server.begin();
        return server;
    }

    /** 0 for a server without TLS. */
    int tlsPort() {
        return tlsPort;
    }

    /** Starts a replica of {@code primary}, and waits until it has everything. */
    public static RedisServer startReplicaOf(RedisServer primary, String... config) {
        List<String> lines = new ArrayList<>(Arrays.asList(config));
        lines.add("replicaof 127.0.0.1 " + primary.port());
        lines.add("repl-diskless-sync-delay 0");
        RedisServer replica = start("replica", Workshop.freePort(), lines, false);
        replica.awaitInfo("replication", "master_link_status:up");
        primary.awaitReplicas(1);
        return replica;
    }

    static RedisServer start(String name, int port, List<String> config, boolean sentinel) {
        RedisServer server = new RedisServer(name, port, config, sentinel);
        server.run();
        return server;
    }

    /** As {@link #start}, without waiting until it is ready. */
    static RedisServer begin(String name, int port, List<String> config, boolean sentinel) {
        RedisServer server = new RedisServer(name, port, config, sentinel);
        server.begin();
        return server;
    }

    public int port() {
        return port;
    }

    /** Such as {@code redis://127.0.0.1:12345}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Such as {@code rediss://127.0.0.1:12345}. */
    public String tlsUrl() {
        return "rediss://127.0.0.1:" + tlsPort;
    }

    public Path unixSocket() {
        return folder.resolve("redis.sock");
    }

    /** Its working folder, with {@code log}, {@code redis.conf} and what it persists. */
    public Path folder() {
        return folder;
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /**
     * Sends one command on a connection of its own, as the user {@code default}.
     *
     * @return the reply as text; what a list holds is in lines
     * @throws JedisDataException if the server answers with an error
     */
    public String command(String... words) {
        try (Jedis jedis = jedis()) {
            return text(jedis.sendCommand(
                    () -> SafeEncoder.encode(words[0]),
                    Arrays.stream(words).skip(1).toArray(String[]::new)));
        }
    }

    /** Whether this version of the program knows a command. */
    public boolean hasCommand(String name) {
        return !command("COMMAND", "INFO", name).isBlank();
    }

    /** A connection of its own, as the user {@code default}. */
    public Jedis jedis() {
        Jedis jedis = new Jedis("127.0.0.1", port, ADMIN_TIMEOUT_MILLIS);
        if (adminPassword != null) {
            jedis.auth(adminPassword);
        }
        return jedis;
    }

    /** Waits until a section of INFO has this line. */
    public void awaitInfo(String section, String line) {
        Workshop.await(name + " says " + line, READY_BOUND, () -> {
            try {
                return command("INFO", section).lines().anyMatch(line::equals);
            } catch (JedisException e) {
                return false;
            }
        });
    }

    /** Waits until so many replicas are in step as the primary sees it, which may be later than they do. */
    void awaitReplicas(int count) {
        Workshop.await(name + " has " + count + " replicas in step", READY_BOUND, () -> {
            try {
                return command("INFO", "replication")
                                .lines()
                                .filter(line -> line.contains("state=online"))
                                .count()
                        >= count;
            } catch (JedisException e) {
                return false;
            }
        });
    }

    /** Waits until {@code words} are answered by a text that contains {@code part}. */
    public void awaitReply(String part, String... words) {
        Workshop.await(name + " answers " + part + " to " + String.join(" ", words), READY_BOUND, () -> {
            try {
                return command(words).contains(part);
            } catch (JedisException e) {
                return false;
            }
        });
    }

    /** SIGSTOP: it keeps its connections and answers none. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** SIGKILL, and waits for its end. */
    public void kill() {
        Process running = process();
        running.destroyForcibly();
        awaitEnd(running);
    }

    /** SIGTERM, and waits for its end. */
    public void stop() {
        Process running = process();
        running.destroy();
        awaitEnd(running);
    }

    /** Starts it again on the same port, with the same configuration and what it persisted. */
    public void restart() {
        if (isRunning()) {
            throw new IllegalStateException(name + " is running");
        }
        run();
    }

    /** As {@link #restart}, and returns before it is ready. */
    public void beginRestart() {
        begin();
    }

    /** Ends it at once. */
    @Override
    public void close() {
        if (isRunning()) {
            kill();
        }
    }

    private void run() {
        begin();
        awaitReady();
    }

    private void begin() {
        try {
            Path file = folder.resolve("redis.conf");
            if (!Files.exists(file)) {
                Files.write(file, config);
            }
            List<String> line =
                    new ArrayList<>(List.of(Workshop.INSTANCE.program().toString(), file.toString()));
            if (sentinel) {
                line.add("--sentinel");
            }
            process = new ProcessBuilder(line)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start();
            Workshop.INSTANCE.watch(process.pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitReady() {
        Workshop.await(name + " on port " + port + " is ready", READY_BOUND, () -> {
            if (!isRunning()) {
                throw new AssertionError(name + " on port " + port + " ended:\n" + log());
            }
            try {
                command("PING");
                return true;
            } catch (JedisConnectionException e) {
                return false;
            } catch (JedisDataException e) {
                return !e.getMessage().startsWith("LOADING");
            }
        });
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException(name + " was never started");
        }
        return process;
    }

    private void signal(String signal) {
        try {
            int exit = new ProcessBuilder(
                            "/bin/sh", "-c", "kill -" + signal + " " + process().pid())
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException(name + " did not get SIG" + signal);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void awaitEnd(Process ending) {
        try {
            ending.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        Workshop.INSTANCE.unwatch(ending.pid());
    }

    private static String text(@Nullable Object reply) {
        if (reply == null) {
            return "";
        }
        if (reply instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        if (reply instanceof List<?> list) {
            StringBuilder lines = new StringBuilder();
            for (Object each : list) {
                lines.append(lines.isEmpty() ? "" : "\n").append(text(each));
            }
            return lines.toString();
        }
        return reply.toString();
    }
}
