package dev.tandem.store.redis.link;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link to a Redis of any kind: for each event loop that calls, its own connections.
 *
 * <p>A call from an event loop that has connections is sent, answered and completed on that loop. Beyond {@link
 * RedisOptions#connectionsMax} loops, and for callers without one, it hops to one that has.
 */
final class TopologyLink implements RedisLink {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

    /** What a link has on one event loop. */
    private record Lane(ContextInternal context, Routes routes) {}

    private final VertxInternal vertx;
    private final RedisOptions options;
    private final Connector connector;
    private final LinkCounters counters = new LinkCounters();
    private final AtomicLong generation = new AtomicLong();
    private final Map<Endpoint, RedisDurability> durability = new ConcurrentHashMap<>();
    /** Each loop's lane; several loops may share one. Guarded by {@code lanes} for writing. */
    private final Map<EventLoop, Lane> laneOf = new ConcurrentHashMap<>();

    private final List<Lane> lanes = new ArrayList<>();
    private final ContextInternal ownContext;
    private final BlockingCalls blocking;
    private final @Nullable Sentinels sentinels;
    private final @Nullable ClusterNodes cluster;
    private volatile boolean closed;

    TopologyLink(Vertx vertx, RedisOptions options) {
        this.vertx = (VertxInternal) vertx;
        this.options = options;
        this.connector = new Connector(vertx, options, this::connected);
        this.ownContext = this.vertx.createEventLoopContext();
        this.blocking = new BlockingCalls(ownContext, options, connector);
        this.sentinels = options.address().kind() == RedisAddress.Kind.SENTINEL
                ? new Sentinels(ownContext, options, connector, this::switched)
                : null;
        this.cluster = options.address().kind() == RedisAddress.Kind.CLUSTER
                ? new ClusterNodes(ownContext, options.address(), connector, this::slotsMoved)
                : null;
    }

    RedisOptions options() {
        return options;
    }

    // ---- the start

    /** Reaches every primary once; goes on trying until the start's time is over. */
    Future<Void> examine() {
        Promise<Void> fit = ownContext.promise();
        long deadline = System.nanoTime() + options.startTimeout().toNanos();
        ownContext.emit(start -> examine(deadline, 0, fit));
        return fit.future();
    }

    private void examine(long deadlineNanos, int tries, Promise<Void> fit) {
        examineOnce().onComplete(result -> {
            if (result.succeeded()) {
                fit.complete();
            } else if ((result.cause() instanceof ConnectFailure why && why.isLasting())
                    || System.nanoTime() - deadlineNanos >= 0) {
                fit.fail(result.cause());
            } else {
                long delayMillis = options.reconnectDelayMin().toMillis() << Math.min(tries, 10);
                ownContext.setTimer(
                        Math.max(
                                1,
                                Math.min(
                                        delayMillis, options.reconnectDelayMax().toMillis())),
                        id -> examine(deadlineNanos, tries + 1, fit));
            }
        });
    }

    private Future<Void> examineOnce() {
        if (cluster == null) {
            return whereabouts(ownContext).compose(this::examine);
        }
        return cluster.refresh().compose(known -> {
            Future<Void> all = ownContext.succeededFuture();
            for (Endpoint primary : cluster.map().primaries()) {
                all = all.compose(fit -> examine(primary));
            }
            return all;
        });
    }

    private Future<Void> examine(Endpoint primary) {
        return connector.toPrimary(primary).map(connection -> {
            connection.close("it was found fit");
            return null;
        });
    }

    // ---- calls

    @Override
    public Future<Response> send(
            String namespace, Request request, CallOptions callOptions, boolean isWrite, long lastGeneration) {
        ContextInternal caller = vertx.getOrCreateContext();
        Promise<Response> promise = caller.promise();
        long now = System.nanoTime();
        if (callOptions.isPast(now)) {
            promise.fail(new StoreException(FailureKind.DEADLINE_PASSED, "The call's deadline had passed"));
            return promise.future();
        }
        if (closed) {
            promise.fail(new StoreException(FailureKind.NOT_APPLIED, "The Redis store is closed"));
            return promise.future();
        }
        long timeoutNanos = now + options.callTimeout().toNanos();
        boolean callersDeadline =
                callOptions.deadlineNanos() != CallOptions.NEVER && callOptions.deadlineNanos() - timeoutNanos < 0;
        Call call = new Call(
                promise,
                namespace,
                request,
                isWrite,
                lastGeneration,
                callersDeadline ? callOptions.deadlineNanos() : timeoutNanos,
                callersDeadline);
        Lane lane = laneOf(caller.nettyEventLoop());
        if (lane.context().nettyEventLoop().inEventLoop()) {
            route(lane, call);
        } else {
            lane.context().nettyEventLoop().execute(() -> route(lane, call));
        }
        return promise.future();
    }

    private static void route(Lane lane, Call call) {
        ServerLink link = lane.routes().linkTo(call);
        if (link != null) {
            link.accept(call);
        }
    }

    private Lane laneOf(EventLoop loop) {
        Lane known = laneOf.get(loop);
        if (known != null) {
            return known;
        }
        synchronized (lanes) {
            return laneOf.computeIfAbsent(loop, added -> {
                if (lanes.size() >= options.connectionsMax()) {
                    return lanes.get(laneOf.size() % lanes.size());
                }
                Lane made = newLane(added);
                lanes.add(made);
                return made;
            });
        }
    }

    private Lane newLane(EventLoop loop) {
        ContextInternal context = vertx.contextBuilder().withEventLoop(loop).build();
        return new Lane(context, newRoutes(context));
    }

    private Routes newRoutes(ContextInternal context) {
        if (cluster != null) {
            return new ClusterRoutes(context, options, connector, cluster, counters);
        }
        return new SingleRoutes(context, options, connector, () -> whereabouts(context), counters);
    }

    private Future<Endpoint> whereabouts(ContextInternal context) {
        return sentinels == null
                ? context.succeededFuture(options.address().endpoints().get(0))
                : sentinels.primary(context);
    }

    @Override
    public Future<Response> sendBlocking(String namespace, Request request) {
        Promise<Response> promise = vertx.getOrCreateContext().promise();
        ownContext.emit(sent -> blocking.send(primaryOf(namespace), request, promise));
        return promise.future();
    }

    private Future<Endpoint> primaryOf(String namespace) {
        if (cluster == null) {
            return whereabouts(ownContext);
        }
        Endpoint primary = cluster.map().primary(SlotMap.slot(namespace));
        if (primary == null) {
            cluster.refreshSoon();
            return ownContext.failedFuture(
                    new ConnectFailure("No node of the Redis cluster has the slot of namespace " + namespace, false));
        }
        return ownContext.succeededFuture(primary);
    }

    @Override
    public boolean sharesServer(String namespace, String other) {
        return cluster == null || SlotMap.slot(namespace) == SlotMap.slot(other);
    }

    // ---- what is known of the servers

    private long connected(Endpoint endpoint, RedisDurability said) {
        long number = generation.incrementAndGet();
        counters.connectionsMade.increment();
        RedisDurability before = durability.put(endpoint, said);
        if (cluster == null) {
            durability.keySet().retainAll(Set.of(endpoint));
        }
        if (!said.equals(before)) {
            LOG.info(
                    "Redis {} at {}. {} {}", said.version(), said.server(), said.powerCutLoses(), said.failoverLoses());
        }
        return number;
    }

    private void switched() {
        LOG.info(
                "The Sentinels say that {} has another primary",
                options.address().primaryName());
        everyLane(lane ->
                lane.routes().links().forEach(link -> link.leave("the Sentinels make another server the primary")));
        blocking.leave(null, "the Sentinels make another server the primary");
    }

    private void slotsMoved() {
        generation.incrementAndGet();
        if (cluster != null) {
            durability.keySet().retainAll(cluster.map().primaries());
        }
        everyLane(lane -> {
            if (lane.routes() instanceof ClusterRoutes routes) {
                routes.forgetOthers();
            }
        });
    }

    private void everyLane(Consumer<Lane> action) {
        List<Lane> all;
        synchronized (lanes) {
            all = List.copyOf(lanes);
        }
        for (Lane lane : all) {
            lane.context().emit(done -> action.accept(lane));
        }
    }

    @Override
    public long generation(String namespace) {
        return generation.get();
    }

    @Override
    public Future<LinkStatus> status() {
        List<Lane> all;
        synchronized (lanes) {
            all = List.copyOf(lanes);
        }
        List<Future<List<LinkStatus.Server>>> answers =
                all.stream().map(TopologyLink::serversOf).toList();
        Promise<LinkStatus> done = vertx.getOrCreateContext().promise();
        Future.all(answers)
                .map(any -> merged(answers.stream()
                        .flatMap(answer -> answer.result().stream())
                        .toList()))
                .onComplete(done);
        return done.future();
    }

    /** What a lane has, said on its own loop. */
    private static Future<List<LinkStatus.Server>> serversOf(Lane lane) {
        Promise<List<LinkStatus.Server>> said = Promise.promise();
        lane.context()
                .emit(on -> said.complete(
                        lane.routes().links().stream().map(ServerLink::status).toList()));
        return said.future();
    }

    private LinkStatus merged(List<LinkStatus.Server> ofLanes) {
        Map<String, LinkStatus.Server> servers = new TreeMap<>();
        ofLanes.forEach(each -> servers.merge(each.address(), each, LinkStatus.Server::and));
        durability.forEach((endpoint, said) -> {
            LinkStatus.Server unused = new LinkStatus.Server(endpoint.toString(), 0, 0, 0, 0, 0, 0, said);
            servers.merge(unused.address(), unused, (known, any) -> known.with(said));
        });
        return new LinkStatus(List.copyOf(servers.values()), counters.counts());
    }

    @Override
    public Durability durability() {
        boolean onDisk = !durability.isEmpty() && durability.values().stream().allMatch(RedisDurability::onDisk);
        return onDisk ? Durability.DISK : Durability.PROCESS;
    }

    @Override
    public Future<Void> close() {
        Promise<Void> done = vertx.getOrCreateContext().promise();
        closed = true;
        everyLane(lane -> lane.routes().links().forEach(ServerLink::close));
        if (sentinels != null) {
            sentinels.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        ownContext.emit(end -> blocking.close());
        connector.close().onComplete(any -> done.tryComplete());
        return done.future();
    }
}
