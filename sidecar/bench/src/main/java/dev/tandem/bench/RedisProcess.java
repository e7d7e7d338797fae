package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisAddress;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A Redis server that the benchmark starts for itself, in a folder of its own. */
final class RedisProcess implements AutoCloseable {
    /** How soon the server has what it acknowledged on its disk. */
    enum Fsync {
        /** Never: it writes nothing to its disk. */
        NONE,
        /** Within a second or two. */
        EVERYSEC,
        /** Before it answers. */
        ALWAYS;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A path of a unix socket may not be longer; on macOS it is 104, on Linux 108, with a zero at the end. */
    private static final int SOCKET_PATH_MAX = 103;

    private static final List<String> PROGRAMS = List.of("redis-server", "valkey-server");
    private static final String SLOW_MICROS = "1000";

    private final ChildProcess process;
    private final int port;
    private final @Nullable Path socket;

    private RedisProcess(ChildProcess process, int port, @Nullable Path socket) {
        this.process = process;
        this.port = port;
        this.socket = socket;
    }

    /**
     * The program to start.
     *
     * @param named what the user said; null to look for it
     * @param path folders to look in, as in the variable {@code PATH}
     */
    static Path program(@Nullable Path named, @Nullable String path) {
        return program(
                named, path, ", or give the address of a server that runs, such as --store redis://127.0.0.1:6379");
    }

    /**
     * As {@link #program(Path, String)}.
     *
     * @param otherwise what else helps if there is none, said at the end of the sentence
     */
    static Path program(@Nullable Path named, @Nullable String path, String otherwise) {
        if (named != null) {
            if (!Files.isExecutable(named)) {
                throw new BenchException("can't run " + named + " as a Redis server: name a redis-server by"
                        + " --redis-server or TANDEM_REDIS_SERVER");
            }
            return named;
        }
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            for (String name : PROGRAMS) {
                Path candidate = Path.of(folder, name);
                if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                    return candidate;
                }
            }
        }
        throw new BenchException("there is no redis-server on the PATH: install Redis or Valkey, or name its program by"
                + " --redis-server or TANDEM_REDIS_SERVER" + otherwise);
    }

    /** Starts it. It does not answer yet when this returns. */
    static RedisProcess start(Path program, Fsync fsync, Path folder) {
        int port = ChildProcess.freePort();
        Path path = folder.resolve("redis.sock").toAbsolutePath();
        Path socket = path.toString().length() > SOCKET_PATH_MAX ? null : path;
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of("--bind", "127.0.0.1", "--port", String.valueOf(port)));
        command.addAll(List.of("--dir", folder.toAbsolutePath().toString(), "--save", ""));
        command.addAll(List.of("--appendonly", fsync == Fsync.NONE ? "no" : "yes"));
        command.addAll(List.of("--appendfsync", fsync == Fsync.NONE ? "no" : fsync.label()));
        command.addAll(List.of("--slowlog-log-slower-than", SLOW_MICROS));
        if (socket != null) {
            command.addAll(List.of("--unixsocket", socket.toString(), "--unixsocketperm", "700"));
        }
        return new RedisProcess(ChildProcess.start("redis", command, folder), port, socket);
    }

    /**
     * Waits until it answers.
     *
     * @return how long after its start
     */
    long awaitReady(Vertx vertx) {
        RedisAddress address = RedisAddress.parse(url());
        return process.awaitAnswer(() -> PlainRedis.connect(vertx, address, RedisLogin.NONE)
                .compose(redis -> redis.send(Request.cmd(Command.PING)).onComplete(any -> redis.disconnect())));
    }

    ChildProcess process() {
        return process;
    }

    int port() {
        return port;
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Null where the folder's path is too long for one. */
    @Nullable
    String unixUrl() {
        return socket == null ? null : "redis+unix://" + socket;
    }

    @Override
    public void close() {
        process.close();
    }
}
