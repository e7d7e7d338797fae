package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.IndeterminateOperationStateAware;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.task.CodecException;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** A batch of commands, as an entry of a group's log. Applied once, however often it comes. */
final class ApplyOperation extends RaftOp implements IdentifiedDataSerializable, IndeterminateOperationStateAware {
    private static final int FORMAT = 1;

    private Batch batch;

    ApplyOperation() {
        this(new Batch(new UUID(0, 0), 1, 1, List.of()));
    }

    ApplyOperation(Batch batch) {
        this.batch = batch;
    }

    Batch batch() {
        return batch;
    }

    @Override
    public Object run(CPGroupId group, long commitIndex) {
        return new ApplyAnswer(this.<TaskService>getService().apply(group, batch));
    }

    @Override
    public boolean isRetryableOnIndeterminateOperationState() {
        return true;
    }

    @Override
    protected String getServiceName() {
        return TaskService.NAME;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.APPLY;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        batch.write(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int format = in.readUnsignedByte();
        if (format != FORMAT) {
            throw new CodecException(
                    "an entry of the log has format " + format + ", and this version of Tandem knows format " + FORMAT
                            + ": use the version that wrote it, or a newer one");
        }
        batch = Batch.read(in, Integer.MAX_VALUE);
    }
}
