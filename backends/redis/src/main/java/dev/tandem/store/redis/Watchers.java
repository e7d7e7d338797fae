package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Listeners;
import dev.tandem.store.Subscription;
import dev.tandem.store.redis.link.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know when a namespace's tasks have changed, and the readers that find out.
 *
 * <p>A reader waits on the server for entries of the streams of all namespaces that share it, and tells everybody here;
 * what this process writes itself is told at once. The readers live on one event loop and have their state there.
 */
final class Watchers {
    private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);

    /** How long a read waits on the server; so long a namespace that is new to a reader may have to wait for it. */
    private static final int WAIT_MILLIS = 1_000;

    /** Between two reads that found something, so that many changes are one call. */
    private static final long PAUSE_MILLIS = 5;

    /** After a read that failed. */
    private static final long RETRY_MILLIS = 500;

    /** The most streams that one read waits for. */
    private static final int STREAMS_MAX = 256;

    private final VertxInternal vertx;
    private final RedisLink link;
    private final ContextInternal loop;
    private final Listeners listeners = new Listeners();
    /** Of the event loop alone. */
    private final List<Reader> readers = new ArrayList<>();

    private volatile boolean closed;

    Watchers(VertxInternal vertx, RedisLink link) {
        this.vertx = vertx;
        this.link = link;
        this.loop = vertx.createEventLoopContext();
    }

    Subscription add(String namespace, ContextInternal context, Runnable callback) {
        Subscription subscription = listeners.add(namespace, context, callback);
        loop.runOnContext(ignored -> follow(namespace));
        return subscription;
    }

    void changed(String namespace) {
        listeners.changed(namespace);
    }

    private void follow(String namespace) {
        if (closed || readers.stream().anyMatch(reader -> reader.positions.containsKey(namespace))) {
            return;
        }
        for (Reader reader : readers) {
            if (reader.positions.size() < STREAMS_MAX && link.sharesServer(reader.leader, namespace)) {
                reader.positions.put(namespace, "");
                return;
            }
        }
        Reader reader = new Reader(namespace);
        readers.add(reader);
        reader.read();
    }

    /** The reads that wait on the server fail when the link is closed. */
    void close() {
        closed = true;
        listeners.clear();
    }

    /** Reads the streams of some namespaces on one server, one read after the other. */
    private final class Reader {
        private final String leader;
        /** By namespace the entry that was read last; empty if that is not known. */
        private final Map<String, String> positions = new HashMap<>();

        Reader(String namespace) {
            this.leader = namespace;
            positions.put(namespace, "");
        }

        void read() {
            positions.keySet().removeIf(namespace -> !listeners.hasAny(namespace));
            if (closed || positions.isEmpty()) {
                readers.remove(this);
                return;
            }
            List<Future<?>> found = new ArrayList<>();
            positions.forEach((namespace, position) -> {
                if (position.isEmpty()) {
                    found.add(findEnd(namespace));
                }
            });
            if (found.isEmpty()) {
                waitForMore();
            } else {
                Future.join(found).onComplete(done -> {
                    if (done.succeeded()) {
                        // Some namespaces may have come meanwhile.
                        read();
                    } else {
                        startOver(done.cause());
                    }
                });
            }
        }

        /** Begins at the end of the stream. What came before it is told by one call for all. */
        private Future<?> findEnd(String namespace) {
            Request last = Request.cmd(Command.XREVRANGE)
                    .arg(new Space(namespace).changes)
                    .arg("+")
                    .arg("-")
                    .arg("COUNT")
                    .arg(1);
            return link.send(namespace, last, CallOptions.DEFAULT, false).onSuccess(reply -> {
                positions.put(
                        namespace,
                        reply.size() == 0 ? "0-0" : reply.get(0).get(0).toString());
                changed(namespace);
            });
        }

        private void waitForMore() {
            Request read = Request.cmd(Command.XREAD)
                    .arg("COUNT")
                    .arg(1_000)
                    .arg("BLOCK")
                    .arg(WAIT_MILLIS)
                    .arg("STREAMS");
            Map<String, String> byKey = new HashMap<>();
            List<String> from = new ArrayList<>();
            positions.forEach((namespace, position) -> {
                byte[] key = new Space(namespace).changes;
                byKey.put(new String(key, StandardCharsets.UTF_8), namespace);
                read.arg(key);
                from.add(position);
            });
            from.forEach(read::arg);
            link.sendBlocking(leader, read).onComplete(done -> {
                if (done.failed()) {
                    startOver(done.cause());
                } else if (done.result() == null) {
                    read();
                } else {
                    tell(done.result(), byKey);
                    vertx.setTimer(PAUSE_MILLIS, ignored -> read());
                }
            });
        }

        private void tell(Response reply, Map<String, String> byKey) {
            // By its iterator, a map of the newer protocol looks as the list of the older.
            for (Response stream : reply) {
                String namespace = byKey.get(stream.get(0).toString());
                Response entries = stream.get(1);
                if (namespace != null && entries.size() > 0) {
                    positions.put(
                            namespace, entries.get(entries.size() - 1).get(0).toString());
                    changed(namespace);
                }
            }
        }

        /** The server may be another one, and the streams shorter: all is found anew, and nobody misses a change. */
        private void startOver(Throwable why) {
            if (closed) {
                readers.remove(this);
                return;
            }
            LOG.debug("Reading the changes of {} failed and is tried again", positions.keySet(), why);
            vertx.setTimer(RETRY_MILLIS, ignored -> {
                readers.remove(this);
                positions.keySet().forEach(Watchers.this::follow);
            });
        }
    }
}
