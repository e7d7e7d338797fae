package dev.tandem.store.raft.node;

import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.function.Supplier;

/**
 * The groups as a process without a member reaches them: over the network, by the nodes that have one.
 *
 * <p>A call goes to the node that leads its group, or to any other one while no leader is known, and again to another one when a
 * node does not answer. So it fails only if its time runs out.
 */
public final class NodeGroups implements TaskGroups {
    private final ContextInternal context;
    private final Nodes nodes;
    private final int count;
    private final boolean isOnDisk;

    private NodeGroups(ContextInternal context, Nodes nodes) {
        this.context = context;
        this.nodes = nodes;
        this.count = nodes.identity().groups();
        this.isOnDisk = nodes.identity().isOnDisk();
    }

    /**
     * Connects. The future succeeds when one node has answered that fits; it fails with an {@link IllegalStateException} whose
     * sentences say why each address did not, when the start timeout is over, or at once if nodes of two clusters are named.
     *
     * <p>All links share one event loop: the caller's, if it is on one. Calls from there take no other thread.
     */
    public static Future<NodeGroups> connect(Vertx vertx, NodeOptions options) {
        VertxInternal internal = (VertxInternal) vertx;
        ContextInternal caller = internal.getOrCreateContext();
        ContextInternal context = internal.contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(caller.nettyEventLoop())
                .build();
        return on(context, () -> {
            Nodes nodes = new Nodes(context, options);
            return nodes.start().map(started -> new NodeGroups(context, nodes)).onFailure(failure -> nodes.close());
        });
    }

    /** Does something on {@code context}; the future completes on the caller's. */
    private static <T> Future<T> on(ContextInternal context, Supplier<Future<T>> action) {
        Promise<T> promise = context.owner().getOrCreateContext().promise();
        context.runOnContext(go -> action.get().onComplete(promise));
        return promise.future();
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public boolean isOnDisk() {
        return isOnDisk;
    }

    @Override
    public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
        nodes.calls().start(new Call.OfBatch(group, batch, timeoutMillis, answer));
    }

    @Override
    public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        nodes.calls().start(new Call.OfRead(group, query, false, timeoutMillis, answer));
    }

    @Override
    public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        nodes.calls().start(new Call.OfRead(group, query, true, timeoutMillis, answer));
    }

    @Override
    public void onChange(ChangeListener listener) {
        nodes.onChange(listener);
    }

    /** How the nodes stand. From any thread; slightly old. */
    public NodesStatus status() {
        return nodes.status();
    }

    /** Fails what is under way, as NOT_APPLIED or MAYBE_APPLIED, and lets go of the connections. */
    public Future<Void> close() {
        return on(context, nodes::close);
    }
}
