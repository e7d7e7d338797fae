package dev.tandem.store.redis.link;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a cluster say of who has which slots, for all event loops of a link.
 *
 * <p>Asked when a node redirects a call or can't be reached, one node at a time, and not more often than every {@link
 * #PAUSE_MILLIS}. The map is read by any thread; the asking belongs to one context.
 */
final class ClusterNodes {
    static final int PAUSE_MILLIS = 50;
    /** While a slot has no node, or nobody answers. */
    private static final int RETRY_MILLIS = 200;

    private final ContextInternal context;
    private final RedisAddress address;
    private final Connector connector;
    private final Runnable changed;
    private volatile SlotMap map = SlotMap.EMPTY;
    private volatile boolean wanted;
    private volatile boolean closed;
    private @Nullable Connection asked;
    private @Nullable Future<Void> asking;

    /** @param changed called, on some event loop, when slots have moved */
    ClusterNodes(ContextInternal context, RedisAddress address, Connector connector, Runnable changed) {
        this.context = context;
        this.address = address;
        this.connector = connector;
        this.changed = changed;
    }

    SlotMap map() {
        return map;
    }

    /** The node that redirected a call says that {@code slot} is at {@code primary}. */
    synchronized void moved(int slot, Endpoint primary) {
        if (!primary.equals(map.primary(slot))) {
            map = map.with(slot, primary);
            changed.run();
        }
    }

    /** Has the nodes asked soon. */
    void refreshSoon() {
        if (!wanted && !closed) {
            wanted = true;
            context.emit(on -> context.setTimer(PAUSE_MILLIS, id -> {
                wanted = false;
                refresh().onFailure(nobody -> retryLater());
            }));
        }
    }

    private void retryLater() {
        if (!wanted && !closed) {
            wanted = true;
            context.setTimer(RETRY_MILLIS, id -> {
                wanted = false;
                refreshSoon();
            });
        }
    }

    /** Asks node after node until one answers; fails with the last one's {@link ConnectFailure}. */
    Future<Void> refresh() {
        Promise<Void> done = context.promise();
        context.emit(on -> {
            if (asking == null) {
                asking = ask(candidates().iterator(), null).onComplete(any -> asking = null);
            }
            // Null again if it was done at once.
            (asking == null ? Future.<Void>succeededFuture() : asking).onComplete(done);
        });
        return done.future();
    }

    private List<Endpoint> candidates() {
        List<Endpoint> known = new ArrayList<>(map.primaries());
        Collections.shuffle(known, ThreadLocalRandom.current());
        Set<Endpoint> all = new LinkedHashSet<>(known);
        all.addAll(address.endpoints());
        return List.copyOf(all);
    }

    private Future<Void> ask(Iterator<Endpoint> candidates, @Nullable Throwable last) {
        if (closed || !candidates.hasNext()) {
            return Future.failedFuture(last == null ? new ConnectFailure("The Redis store is closed", false) : last);
        }
        Endpoint candidate = candidates.next();
        return slotsOf(candidate).recover(failure -> ask(candidates, failure));
    }

    private Future<Void> slotsOf(Endpoint node) {
        Connection open = asked;
        Future<Connection> connection =
                open != null && open.isOpen() && open.endpoint().equals(node)
                        ? Future.succeededFuture(open)
                        : connector.toNode(node);
        return connection.compose(to -> {
            if (asked != null && asked != to) {
                asked.close("another node was asked");
            }
            asked = to;
            Request slots = Request.cmd(Command.CLUSTER).arg("SLOTS");
            return to.request(slots).map(answer -> {
                take(SlotMap.read(answer, node), node);
                return (Void) null;
            });
        });
    }

    private synchronized void take(SlotMap said, Endpoint node) {
        if (said.primaries().isEmpty()) {
            throw new ConnectFailure("The Redis cluster node at " + node + " knows no slots", false);
        }
        if (!said.equals(map)) {
            map = said;
            changed.run();
        }
    }

    void close() {
        closed = true;
        context.emit(on -> {
            if (asked != null) {
                asked.close("this sidecar closes");
            }
        });
    }
}
