package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.operationservice.ExceptionAction;
import com.hazelcast.spi.impl.operationservice.Operation;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Asks a member for the next {@link StatePiece} of a group's state as it was when the first was asked for. */
final class StateAsk extends Operation implements IdentifiedDataSerializable {
    private @Nullable CPGroupId group;
    private UUID transfer = new UUID(0, 0);
    private boolean first;

    StateAsk() {}

    /** @param transfer a number that nobody else takes */
    StateAsk(CPGroupId group, UUID transfer, boolean first) {
        this.group = group;
        this.transfer = transfer;
        this.first = first;
    }

    CPGroupId group() {
        if (group == null) {
            throw new IllegalStateException("it was not read");
        }
        return group;
    }

    UUID transfer() {
        return transfer;
    }

    boolean isFirst() {
        return first;
    }

    @Override
    public void run() {
        this.<TaskService>getService().states().ask(this);
    }

    /** It is given when there is one. */
    @Override
    public boolean returnsResponse() {
        return false;
    }

    @Override
    public ExceptionAction onInvocationException(Throwable failure) {
        return ExceptionAction.THROW_EXCEPTION;
    }

    @Override
    public String getServiceName() {
        return TaskService.NAME;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.ASK_STATE;
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
        super.writeInternal(out);
        out.writeObject(group);
        out.writeLong(transfer.getMostSignificantBits());
        out.writeLong(transfer.getLeastSignificantBits());
        out.writeBoolean(first);
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
        super.readInternal(in);
        group = in.readObject();
        transfer = new UUID(in.readLong(), in.readLong());
        first = in.readBoolean();
    }
}
