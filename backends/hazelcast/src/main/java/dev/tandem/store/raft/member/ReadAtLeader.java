package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.operation.RaftQueryOp;
import com.hazelcast.cp.internal.raft.QueryPolicy;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Takes a question to the group's leader. The group's thread only says which state the answer has to come from; what takes long is
 * found, and written, on another.
 */
final class ReadAtLeader extends RaftQueryOp {
    ReadAtLeader() {}

    ReadAtLeader(CPGroupId group, ReadOperation question) {
        super(group, question, QueryPolicy.LINEARIZABLE);
    }

    @Override
    public void accept(@Nullable Object answer, @Nullable Throwable failure) {
        if (failure != null || !(answer instanceof ReadAnswer read) || read.isShort()) {
            super.accept(answer, failure);
            return;
        }
        try {
            getNodeEngine().getExecutionService().execute(TaskService.READS, () -> find(read));
        } catch (RejectedExecutionException e) {
            super.accept(null, new StoreException(FailureKind.OVERLOADED, "too many reads at once: ask again later"));
        }
    }

    private void find(ReadAnswer read) {
        try {
            Object unused = read.value();
            super.accept(read, null);
        } catch (RuntimeException | Error e) {
            super.accept(null, e);
        }
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.READ_AT_LEADER;
    }
}
