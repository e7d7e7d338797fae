package dev.tandem.store.raft.node;

import dev.tandem.store.raft.node.NodesStatus.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.StringJoiner;

/** Decides when the first connection to the nodes has come about, or will not. Used on the link's context alone. */
final class Start {
    private final ContextInternal context;
    private final List<Node> nodes;
    private final Names names;
    private final Promise<Void> promise;
    private final long timer;
    private final long graceMillis;
    private boolean isGraceSet;
    private boolean isGraceOver;

    Start(ContextInternal context, NodeOptions options, List<Node> nodes, Names names) {
        this.context = context;
        this.nodes = nodes;
        this.names = names;
        this.promise = context.promise();
        this.graceMillis = options.startGrace().toMillis();
        this.timer = context.setTimer(Math.max(1, options.startTimeout().toMillis()), late -> giveUp());
    }

    Future<Void> future() {
        return promise.future();
    }

    /** Something has changed. */
    void look() {
        boolean any = nodes.stream().anyMatch(node -> node.state() == State.UP);
        boolean all = names.wereAllAnswered() && nodes.stream().allMatch(node -> node.wasTried);
        if (any && (all || isGraceOver)) {
            context.owner().cancelTimer(timer);
            promise.tryComplete();
        } else if (any && !isGraceSet) {
            isGraceSet = true;
            context.setTimer(graceMillis, over -> {
                isGraceOver = true;
                look();
            });
        } else if (all && !nodes.isEmpty() && nodes.stream().allMatch(node -> node.state() == State.REFUSED)) {
            giveUp();
        }
    }

    /** It can't come about. */
    void fail(String why) {
        context.owner().cancelTimer(timer);
        promise.tryFail(new IllegalStateException("the store nodes can't be used: " + why));
    }

    private void giveUp() {
        StringJoiner problems = new StringJoiner("; ");
        names.problems().forEach((address, problem) -> problems.add(address + ": " + problem));
        for (Node node : nodes) {
            String why = node.why();
            problems.add(node + ": " + (why == null ? "it did not answer" : why));
        }
        fail(problems.toString());
    }
}
