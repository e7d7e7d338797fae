package dev.tandem.store.raft.member;

import com.hazelcast.internal.cluster.impl.operations.JoinOperation;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.operationservice.ExceptionAction;
import com.hazelcast.spi.impl.operationservice.Operation;
import org.jspecify.annotations.Nullable;

/** Asks a member for its {@link MemberView}. Also answered to one that is not of the cluster, and asks whether to join it. */
final class ViewOperation extends Operation implements JoinOperation {
    private @Nullable MemberView view;

    @Override
    public void run() {
        view = MemberView.of((NodeEngineImpl) getNodeEngine());
    }

    @Override
    public @Nullable Object getResponse() {
        return view;
    }

    @Override
    public ExceptionAction onInvocationException(Throwable failure) {
        // Who asks has others to ask.
        return ExceptionAction.THROW_EXCEPTION;
    }

    @Override
    public boolean validatesTarget() {
        return false;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.ASK_VIEW;
    }
}
