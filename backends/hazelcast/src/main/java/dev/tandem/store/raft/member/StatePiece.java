package dev.tandem.store.raft.member;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.tandem.store.raft.log.Mark;
import java.io.IOException;

/** A piece of what a group's state is written as, and where in the log that state is. */
final class StatePiece implements IdentifiedDataSerializable {
    private Mark mark;
    private byte[] bytes;
    private boolean last;

    StatePiece() {
        this(new Mark(0, 0, new byte[0]), new byte[0], false);
    }

    StatePiece(Mark mark, byte[] bytes, boolean last) {
        this.mark = mark;
        this.bytes = bytes;
        this.last = last;
    }

    Mark mark() {
        return mark;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean isLast() {
        return last;
    }

    @Override
    public int getFactoryId() {
        return TaskTypes.FACTORY;
    }

    @Override
    public int getClassId() {
        return TaskTypes.STATE_PIECE;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(mark.index());
        out.writeInt(mark.term());
        out.writeByteArray(mark.members());
        out.writeBoolean(last);
        out.writeByteArray(bytes);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        long index = in.readLong();
        int term = in.readInt();
        mark = new Mark(index, term, in.readByteArray());
        last = in.readBoolean();
        bytes = in.readByteArray();
    }
}
