package dev.tandem.grpc;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * What Vert.x 5.0 gets wrong on a connection that is HTTP/2, put right beneath it:
 *
 * <ul>
 *   <li>It closes the connection, and with it all other calls, when a caller resets a stream whose trailers wait to be
 *       sent: it writes trailers under a promise that reports its failure to the connection.
 *   <li>It takes a percent-encoded authority for malformed. Clients on gRPC's C core, such as Python's, name the unix
 *       socket's path in that way unless they are told otherwise.
 *   <li>It flushes each answer by itself, its trailers once more, unless it is just reading from that very connection. Ours
 *       come when a store's do: half of the event loop's time went into these writes. They are put together until the
 *       end of the loop's turn.
 * </ul>
 */
final class WireRepairs {
    private static final String AUTHORITY_IN_PLACE = "localhost";
    /** So many flushes are one at most. */
    private static final int FLUSHES_TOGETHER_MAX = 256;

    private WireRepairs() {}

    /** Called once for each connection, before its first stream. */
    static void on(HttpConnection connection) {
        ChannelPipeline pipeline =
                ((HttpServerConnection) connection).channelHandlerContext().pipeline();
        Http2ConnectionHandler http2 = pipeline.get(Http2ConnectionHandler.class);
        if (http2 != null) {
            pipeline.addFirst(StreamErrors.INSTANCE);
            pipeline.addFirst(new FlushConsolidationHandler(FLUSHES_TOGETHER_MAX, true));
            Http2ConnectionDecoder decoder = http2.decoder();
            decoder.frameListener(new Authorities(decoder.frameListener()));
        }
    }

    /** Keeps the failure of one stream from the connection; that stream has been told of it by then. */
    @Sharable
    private static final class StreamErrors extends ChannelInboundHandlerAdapter {
        static final StreamErrors INSTANCE = new StreamErrors();

        @Override
        @SuppressWarnings("deprecation") // In an outbound handler only; this one is inbound.
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!Http2Exception.isStreamError(Http2CodecUtil.getEmbeddedHttp2Exception(cause))) {
                context.fireExceptionCaught(cause);
            }
        }
    }

    private static final class Authorities extends Http2FrameListenerDecorator {
        Authorities(Http2FrameListener listener) {
            super(listener);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context,
                int stream,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean endOfStream)
                throws Http2Exception {
            replace(headers);
            super.onHeadersRead(context, stream, headers, dependency, weight, exclusive, padding, endOfStream);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context, int stream, Http2Headers headers, int padding, boolean endOfStream)
                throws Http2Exception {
            replace(headers);
            super.onHeadersRead(context, stream, headers, padding, endOfStream);
        }

        private static void replace(Http2Headers headers) {
            CharSequence authority = headers.authority();
            if (authority != null && AsciiString.contains(authority, "%")) {
                headers.authority(AUTHORITY_IN_PLACE);
            }
        }
    }
}
