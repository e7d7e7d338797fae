package dev.tandem.store.raft.node;

import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * The groups as a process without a member reaches them: over the network, by the nodes that have one.
 *
 * <p>A call goes to the node that leads its group, or to any other one while no leader is known, and again to another one when a
 * node does not answer. So it fails only if its time runs out.
 */
public final class NodeGroups implements TaskGroups {
    private NodeGroups() {}

    /**
     * Connects. The future succeeds when one node has answered that fits; it fails with an {@link IllegalStateException} whose
     * sentences say why each address did not, when the start timeout is over, or at once if nodes of two clusters are named.
     */
    public static Future<NodeGroups> connect(Vertx vertx, NodeOptions options) {
        return Future.failedFuture(new IllegalStateException("the link to store nodes is still to come"));
    }

    @Override
    public int count() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOnDisk() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onChange(ChangeListener listener) {
        throw new UnsupportedOperationException();
    }

    /** How the nodes stand. From any thread; slightly old. */
    public NodesStatus status() {
        return new NodesStatus(null, List.of(), new NodesStatus.Counts(0, 0, 0, 0, 0));
    }

    /** Fails what is under way, as NOT_APPLIED or MAYBE_APPLIED, and lets go of the connections. */
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
