package dev.tandem.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;

/**
 * Counts the requests that reach a server, by its MONITOR, which tells apart what scripts call. It shows everybody's
 * requests and slows the server down, so it is used on a server of our own, and not while anything is timed.
 */
final class RedisMonitor {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Set<String> NOT_COUNTED = Set.of("info", "echo");

    private final NetSocket socket;
    private final PlainRedis redis;
    private long requests;
    private String mark = "";
    private Promise<Long> marked = Promise.promise();

    private RedisMonitor(NetSocket socket, PlainRedis redis) {
        this.socket = socket;
        this.redis = redis;
    }

    static RedisMonitor open(Vertx vertx, int port, PlainRedis redis) {
        Future<RedisMonitor> opened = vertx.createNetClient()
                .connect(port, "127.0.0.1")
                .compose(socket -> {
                    RedisMonitor monitor = new RedisMonitor(socket, redis);
                    Promise<RedisMonitor> ready = Promise.promise();
                    socket.handler(RecordParser.newDelimited("\r\n", line -> {
                        if (!ready.tryComplete(monitor)) {
                            monitor.line(line.toString());
                        }
                    }));
                    socket.write("MONITOR\r\n");
                    return ready.future();
                });
        return Waiting.on(opened, TIMEOUT, "the server's monitor");
    }

    /** Such as {@code +1339518083.107412 [0 127.0.0.1:60866] "hget" "key"}; on the event loop. */
    private void line(String line) {
        if (!mark.isEmpty() && line.contains(mark)) {
            mark = "";
            marked.tryComplete(requests);
            return;
        }
        int name = line.indexOf("] \"") + 3;
        int end = line.indexOf('"', name);
        boolean isByScript = line.contains(" lua] ");
        if (!isByScript && name > 2 && end > name && !NOT_COUNTED.contains(line.substring(name, end))) {
            requests++;
        }
    }

    /** How many requests have reached the server up to now, since the monitor was opened. */
    long requests() {
        String unlike = UUID.randomUUID().toString();
        Promise<Long> seen = Promise.promise();
        marked = seen;
        mark = unlike;
        redis.ask(Request.cmd(Command.ECHO).arg(unlike));
        return Waiting.on(seen.future(), TIMEOUT, "the mark in the server's monitor");
    }

    void close() {
        socket.close();
    }
}
