package dev.tandem.store.raft.node;

import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.node.NodesStatus.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The nodes that are known, and the links to them. All but the status happens on the link's context. */
final class Nodes {
    private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);

    /** How often nodes are asked whether they are there, and calls are looked at, while there are calls. */
    private static final long BUSY_MILLIS = 100;

    private static final long IDLE_MILLIS = 1_000;

    /** The pause between tries doubles up to so many times the first one. */
    private static final int PAUSE_FACTOR_MAX = 8;

    /** After a refusal that is a matter of settings. */
    private static final int REFUSED_PAUSE_FACTOR = 40;

    private final ContextInternal context;
    private final NodeOptions options;
    private final NodeConnector connector;
    private final Names names;
    private final Start start;
    private final Routes routes = new Routes();
    private final Calls calls;
    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private volatile ChangeListener listener = ChangeListener.NONE;
    /** What all nodes have to fit: the first one's. */
    private volatile @Nullable NodeHello identity;

    private long timer;
    private boolean isBusy;
    private boolean closed;

    Nodes(ContextInternal context, NodeOptions options) {
        this.context = context;
        this.options = options;
        this.connector = new NodeConnector(context, options);
        this.names = new Names(context, options, this::found, this::looked);
        this.calls = new Calls(context, options, routes, this::becomeBusy);
        this.start = new Start(context, options, nodes, names);
    }

    /** Looks for the nodes, until one is found that fits. */
    Future<Void> start() {
        names.lookUpAll();
        setTimer(IDLE_MILLIS);
        return start.future();
    }

    // ---- who there is

    /** A name was looked up. */
    private void found(NodeAddress named, List<String> ips) {
        if (closed) {
            return;
        }
        for (Node node : nodes) {
            if (node.named().equals(named)) {
                node.isListed = ips.contains(node.ip());
                forgetIfGone(node);
            }
        }
        for (String ip : ips) {
            Node node = new Node(named, ip);
            if (nodes.stream().noneMatch(known -> known.key().equals(node.key()))) {
                nodes.add(node);
                connect(node);
            }
        }
        start.look();
    }

    /** A name could not be looked up. */
    private void looked() {
        start.look();
    }

    /** One that its name does not stand for any more stays for as long as it serves. */
    private void forgetIfGone(Node node) {
        NodeLink link = node.link;
        if (!node.isListed && (link == null || !link.wasUp())) {
            nodes.remove(node);
            if (link != null) {
                link.end(ConnectFailure.passing("its name does not stand for it any more"));
            }
        }
    }

    private void connect(Node node) {
        if (closed || node.link != null || !nodes.contains(node)) {
            return;
        }
        if (node.state() != State.REFUSED && node.state() != State.DOWN) {
            node.become(State.CONNECTING, node.why());
        }
        NodeLink link = new NodeLink(node, this, context, options, connector);
        node.link = link;
        context.setTimer(options.connectTimeout().toMillis(), late -> {
            if (link.hello() == null) {
                link.end(ConnectFailure.passing(
                        "it did not answer within " + options.connectTimeout().toMillis() + " ms"));
            }
        });
        link.open();
    }

    // ---- what links say

    void greeted(NodeLink link, NodeHello hello) {
        Node node = link.node();
        String unfit = unfit(hello);
        if (unfit != null) {
            link.end(ConnectFailure.lasting(unfit));
            return;
        }
        for (Node other : nodes) {
            NodeLink to = other.link;
            NodeHello known = to == null || to == link || !to.wasUp() ? null : to.hello();
            if (to != null && known != null && known.nodeId().equals(hello.nodeId())) {
                if (known.startId().equals(hello.startId())) {
                    node.become(State.DUPLICATE, "it is the node at " + other);
                    link.end(ConnectFailure.passing("it is the node at " + other));
                    return;
                }
                to.end(ConnectFailure.passing("the node is at " + node + " now"));
            }
        }
        accept(link, hello);
    }

    private void accept(NodeLink link, NodeHello hello) {
        NodeHello known = identity;
        if (known == null || known.clusterId().equals(NodeHello.UNKNOWN)) {
            identity = hello;
            routes.groups(hello.groups());
        }
        Node node = link.node();
        node.failures = 0;
        node.become(State.UP, null);
        made.incrementAndGet();
        LOG.info("store node {} is connected (cluster {}, version {})", node, hello.cluster(), hello.version());
        link.up();
        changed();
        start.look();
    }

    /** Why a node must not be used, or null. */
    private @Nullable String unfit(NodeHello hello) {
        if (hello.format() > Wire.FORMAT) {
            return "the node (version " + hello.version() + ") speaks format " + hello.format()
                    + " of the link, and the sidecar (version " + options.version() + ") knows format " + Wire.FORMAT
                    + ": bring the sidecar to the newer version";
        }
        String wanted = options.cluster();
        if (wanted != null && !wanted.equals(hello.cluster())) {
            return "it belongs to the cluster " + hello.cluster() + ", and " + wanted
                    + " is wanted: correct the address, or the cluster's name";
        }
        NodeHello known = identity;
        if (known == null) {
            return null;
        }
        if (!known.isOfOneClusterWith(hello)) {
            String foreign = "it belongs to another cluster (" + described(hello) + ") than the other nodes ("
                    + described(known) + "): name the nodes of one cluster only";
            start.fail(foreign);
            return foreign;
        }
        if (known.groups() != hello.groups()) {
            return "it has " + hello.groups() + " groups, and the other nodes have " + known.groups();
        }
        if (known.isOnDisk() != hello.isOnDisk()) {
            return "it " + (hello.isOnDisk() ? "flushes" : "does not flush")
                    + " what it writes to its disk, unlike the other nodes: set the same durability on all of them";
        }
        return null;
    }

    private static String described(NodeHello hello) {
        return hello.cluster() + (hello.clusterId().equals(NodeHello.UNKNOWN) ? "" : ", " + hello.clusterId());
    }

    /** Who is usable or leads what has changed. */
    void changed() {
        List<NodeLink> links = new ArrayList<>();
        for (Node node : nodes) {
            NodeLink link = node.link;
            if (link != null) {
                links.add(link);
            }
        }
        long led = routes.update(links);
        if (led != 0) {
            calls.led(led);
        }
        calls.sendWaiting();
    }

    void silent(NodeLink link) {
        String why = "it has been silent for " + options.silenceMax().toMillis() + " ms";
        LOG.warn("store node {}: {}; its calls go to others", link.node(), why);
        link.node().become(State.DOWN, why);
        changed();
        calls.lost(link, why);
    }

    void speaks(NodeLink link) {
        LOG.info("store node {} answers again", link.node());
        link.node().become(link.isUsable() ? State.UP : State.LEAVING, null);
        changed();
    }

    void leaving(NodeLink link) {
        link.node().become(State.LEAVING, "the node is being closed");
        changed();
    }

    void ended(NodeLink link, ConnectFailure why) {
        Node node = link.node();
        node.link = null;
        if (link.wasUp()) {
            lost.incrementAndGet();
            LOG.warn("store node {} is gone: {}", node, why.why());
        } else if (!why.equals(node.lastFailure)) {
            LOG.info("store node {} can't be used: {}", node, why.why());
        }
        node.lastFailure = why;
        changed();
        calls.lost(link, why.why());
        if (closed) {
            return;
        }
        if (node.state() != State.DUPLICATE) {
            node.become(why.isLasting() ? State.REFUSED : State.DOWN, why.why());
            names.lookUpSoon(node.named());
            retry(node, link.wasUp(), why);
        }
        if (link.wasUp()) {
            tryDuplicates();
        }
        forgetIfGone(node);
        start.look();
    }

    private void retry(Node node, boolean wasUp, ConnectFailure why) {
        long pause = options.reconnectDelay().toMillis();
        if (why.isLasting()) {
            pause *= REFUSED_PAUSE_FACTOR;
        } else if (wasUp) {
            pause = 1;
        } else {
            pause *= Math.min(PAUSE_FACTOR_MAX, 1L << Math.min(30, node.failures++));
        }
        // So that the sidecars of a node that comes back do not all knock at once.
        long spread = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
        context.setTimer(Math.max(1, spread), again -> connect(node));
    }

    /** What was another address of a node that is gone may be the one that is left. */
    private void tryDuplicates() {
        for (Node node : nodes) {
            if (node.state() == State.DUPLICATE && node.link == null) {
                node.become(State.CONNECTING, null);
                connect(node);
            }
        }
    }

    // ---- the clock

    private void becomeBusy() {
        if (!isBusy) {
            isBusy = true;
            context.owner().cancelTimer(timer);
            setTimer(BUSY_MILLIS);
        }
    }

    private void setTimer(long millis) {
        if (!closed) {
            timer = context.setTimer(millis, now -> check(millis));
        }
    }

    private void check(long millis) {
        for (Node node : nodes) {
            NodeLink link = node.link;
            if (link != null) {
                link.check(millis);
            }
        }
        calls.check();
        names.lookUpIfDue();
        isBusy = !calls.isEmpty();
        setTimer(isBusy ? BUSY_MILLIS : IDLE_MILLIS);
    }

    // ---- for others

    Calls calls() {
        return calls;
    }

    ChangeListener listener() {
        return listener;
    }

    void onChange(ChangeListener next) {
        listener = next;
    }

    /** After the start. */
    NodeHello identity() {
        return Objects.requireNonNull(identity);
    }

    /** From any thread. */
    NodesStatus status() {
        NodeHello known = identity;
        return new NodesStatus(
                known == null ? null : known.cluster(),
                nodes.stream().map(Node::status).toList(),
                calls.counts(made.get(), lost.get()));
    }

    Future<Void> close() {
        Promise<Void> promise = context.promise();
        closed = true;
        context.owner().cancelTimer(timer);
        calls.close();
        for (Node node : nodes) {
            NodeLink link = node.link;
            if (link != null) {
                link.end(ConnectFailure.passing("the sidecar closes the link"));
            }
        }
        promise.complete();
        return promise.future();
    }
}
