package dev.tandem.store.raft.node;

import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.HostedGroups;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a member's groups to sidecars. Each has one connection, with one stream of calls and answers.
 *
 * <p>Calls for a group that another member leads are served, too: the member takes them there.
 */
public final class NodeServer {
    private static final Logger LOG = LoggerFactory.getLogger(NodeServer.class);

    /** With more, it is the groups' own threads that are short. */
    private static final int LOOPS_MAX = 4;

    /** How often it is looked whether the files of certificates have changed. */
    private static final long FILES_PERIOD_MILLIS = 10_000;

    private final VertxInternal vertx;
    private final NodeServerOptions options;
    private final HostedGroups groups;
    private final UUID startId = UUID.randomUUID();
    private final List<NodeLoop> loops = new ArrayList<>();
    private final AtomicInteger links = new AtomicInteger();
    private final Promise<Void> empty;
    private final @Nullable TlsFiles files;
    private long filesTimer;
    private volatile boolean leaving;

    private NodeServer(VertxInternal vertx, NodeServerOptions options, HostedGroups groups) {
        this.vertx = vertx;
        this.options = options;
        this.groups = groups;
        this.empty = Promise.promise();
        NodeTls tls = options.tls();
        this.files = tls == null ? null : new TlsFiles(tls);
        int count = Math.max(1, Math.min(LOOPS_MAX, Runtime.getRuntime().availableProcessors() / 2));
        for (int i = 0; i < count; i++) {
            loops.add(new NodeLoop(this, vertx.createEventLoopContext()));
        }
    }

    /**
     * Listens. The future fails with an {@link IllegalStateException}, with a sentence, if that is not possible or not allowed.
     *
     * @param groups which the server does not close; it hears of their changes, instead of the listeners before it
     */
    public static Future<NodeServer> start(Vertx vertx, NodeServerOptions options, HostedGroups groups) {
        NodeServer server = new NodeServer((VertxInternal) vertx, options, groups);
        return vertx.executeBlocking(() -> check(options, server.files))
                .compose(checked -> server.listen())
                .map(server)
                .recover(failure -> server.shut().transform(shut -> Future.failedFuture(told(options, failure))));
    }

    /** Fails as {@link #start} would, as far as the options alone say so: to be told of it before a member is started. */
    public static Future<Void> check(Vertx vertx, NodeServerOptions options) {
        NodeTls tls = options.tls();
        return vertx.executeBlocking(() -> check(options, tls == null ? null : new TlsFiles(tls)))
                .recover(failure -> Future.failedFuture(told(options, failure)));
    }

    /** Blocks: it looks a name up, and reads files. */
    private static @Nullable Void check(NodeServerOptions options, @Nullable TlsFiles files)
            throws UnknownHostException {
        if (files != null) {
            files.check("node.tls", "client_ca_file");
        } else if (!options.insecure() && !InetAddress.getByName(options.host()).isLoopbackAddress()) {
            throw new IllegalStateException("without TLS whoever reaches " + options.host()
                    + " could read and write all tasks: set node.tls.certificate_file, node.tls.key_file and"
                    + " node.tls.client_ca_file, or listen on 127.0.0.1, or set node.insecure if the network is closed to"
                    + " others");
        }
        return null;
    }

    private Future<Void> listen() {
        Future<Void> listening = loops.get(0).listen(options.port());
        for (NodeLoop other : loops.subList(1, loops.size())) {
            listening = listening.compose(first -> other.listen(port()));
        }
        return listening.onSuccess(all -> {
            groups.onChange(new ChangeListener() {
                @Override
                public void changed(int group, String namespace) {
                    loops.forEach(loop -> loop.changes().changed(group, namespace));
                }

                @Override
                public void allChanged() {
                    loops.forEach(loop -> loop.changes().allChanged());
                }
            });
            groups.onLeads(() -> loops.forEach(NodeLoop::leadsChanged));
            if (files != null) {
                filesTimer = vertx.setPeriodic(FILES_PERIOD_MILLIS, timer -> lookAtFiles());
            }
        });
    }

    /** Uses the certificates that are in the files now, if these have changed. */
    Future<Void> lookAtFiles() {
        TlsFiles known = files;
        if (known == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(known::haveChanged).compose(changed -> {
            List<Future<Boolean>> updates = new ArrayList<>();
            if (changed) {
                loops.forEach(loop -> updates.add(loop.readFilesAgain()));
            }
            return Future.join(updates)
                    .onSuccess(all -> {
                        if (changed) {
                            LOG.info("sidecars that connect from now on are shown the new certificate");
                        }
                    })
                    .onFailure(e -> LOG.warn(
                            "the files of the certificates have changed and can't be used, so the ones before stay: {}",
                            e.getMessage()))
                    .mapEmpty();
        });
    }

    private static IllegalStateException told(NodeServerOptions options, Throwable failure) {
        if (failure instanceof IllegalStateException known) {
            return known;
        }
        String where = options.host() + ":" + options.port();
        return failure instanceof UnknownHostException
                ? new IllegalStateException(options.host() + " is not known to DNS: set another address to listen on")
                : new IllegalStateException(
                        "can't listen for sidecars on " + where + " (" + failure.getMessage()
                                + "). Stop what listens there, or set another address",
                        failure);
    }

    /** The port that it listens on. */
    public int port() {
        return loops.get(0).port();
    }

    /** How many sidecars are connected. */
    public int links() {
        return links.get();
    }

    /**
     * Tells the sidecars to go to other nodes, waits for what is under way, for the drain timeout at most, and lets go of the port.
     * To be called before the member is closed.
     */
    public Future<Void> close() {
        leaving = true;
        loops.forEach(NodeLoop::leave);
        if (links.get() == 0) {
            empty.tryComplete();
        }
        Promise<Void> drained = vertx.getOrCreateContext().promise();
        long timer = vertx.setTimer(Math.max(1, options.drainTimeout().toMillis()), late -> drained.tryComplete());
        empty.future().onComplete(gone -> drained.tryComplete());
        return drained.future().compose(ready -> {
            vertx.cancelTimer(timer);
            return shut();
        });
    }

    /** Lets go of everything at once, as the end of the process would. */
    Future<Void> shut() {
        leaving = true;
        vertx.cancelTimer(filesTimer);
        groups.onChange(ChangeListener.NONE);
        groups.onLeads(() -> {});
        List<Future<Void>> ends = new ArrayList<>();
        loops.forEach(loop -> ends.add(loop.close()));
        return Future.join(ends).mapEmpty();
    }

    // ---- for the loops and links

    VertxInternal vertx() {
        return vertx;
    }

    NodeServerOptions options() {
        return options;
    }

    HostedGroups groups() {
        return groups;
    }

    @Nullable
    TlsFiles files() {
        return files;
    }

    boolean isLeaving() {
        return leaving;
    }

    NodeHello hello() {
        UUID cluster = groups.clusterId();
        return new NodeHello(
                Wire.FORMAT,
                options.version(),
                groups.cluster(),
                cluster == null ? NodeHello.UNKNOWN : cluster,
                groups.memberId(),
                startId,
                groups.count(),
                groups.isOnDisk(),
                options.messageBytesMax());
    }

    /** Whether there is room for one more sidecar. */
    boolean enter() {
        if (links.incrementAndGet() > options.linksMax()) {
            exit();
            return false;
        }
        return true;
    }

    void exit() {
        if (links.decrementAndGet() == 0 && leaving) {
            empty.tryComplete();
        }
    }
}
