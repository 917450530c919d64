// A forwarding server on Pion for `make bench-peers`: one publisher by WHIP, subscribers by WHEP, nothing else. What Pion is
// built for, in the way its own examples do it (a TrackLocalStaticRTP for each track), ICE-lite like the servers it is compared with.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

type server struct {
	api       *webrtc.API
	mutex     sync.Mutex
	tracks    []*webrtc.TrackLocalStaticRTP
	publisher *webrtc.PeerConnection
	videoSSRC webrtc.SSRC
}

func main() {
	address := flag.String("address", "127.0.0.1", "address of signaling and media")
	port := flag.Int("port", 8080, "port of signaling")
	flag.Parse()

	media := &webrtc.MediaEngine{}
	check(media.RegisterDefaultCodecs())
	interceptors := &interceptor.Registry{}
	check(webrtc.RegisterDefaultInterceptors(media, interceptors))
	settings := webrtc.SettingEngine{}
	settings.SetLite(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.String() == *address })
	s := &server{api: webrtc.NewAPI(
		webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(settings))}

	http.HandleFunc("POST /whip", s.publish)
	http.HandleFunc("POST /whep", s.subscribe)
	log.Fatal(http.ListenAndServe(fmt.Sprintf("%s:%d", *address, *port), nil))
}

func (s *server) publish(w http.ResponseWriter, r *http.Request) {
	pc, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if !answered(w, err) {
		return
	}
	if !answered(w, setOffer(pc, r)) {
		return
	}
	byKind := map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, transceiver := range pc.GetTransceivers() {
		codec := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
		if transceiver.Kind() == webrtc.RTPCodecTypeVideo {
			codec = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
		}
		track, err := webrtc.NewTrackLocalStaticRTP(codec, transceiver.Kind().String(), "stream")
		if !answered(w, err) {
			return
		}
		byKind[transceiver.Kind()] = track
		s.tracks = append(s.tracks, track)
	}
	s.publisher = pc
	pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if remote.Kind() == webrtc.RTPCodecTypeVideo {
			s.mutex.Lock()
			s.videoSSRC = remote.SSRC()
			s.mutex.Unlock()
		}
		packet := make([]byte, 1500)
		for {
			n, _, err := remote.Read(packet)
			if err != nil {
				return
			}
			// One subscriber's error is not the others'.
			_, _ = byKind[remote.Kind()].Write(packet[:n])
		}
	})
	answer(w, pc)
}

func (s *server) subscribe(w http.ResponseWriter, r *http.Request) {
	pc, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if !answered(w, err) {
		return
	}
	s.mutex.Lock()
	tracks := s.tracks
	s.mutex.Unlock()
	for _, track := range tracks {
		sender, err := pc.AddTrack(track)
		if !answered(w, err) {
			return
		}
		go s.feedback(sender)
	}
	if answered(w, setOffer(pc, r)) {
		answer(w, pc)
	}
}

// Interceptors see a subscriber's reports only as they are read; what asks for a key frame goes to the publisher.
func (s *server) feedback(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			if _, asks := packet.(*rtcp.PictureLossIndication); asks {
				s.mutex.Lock()
				publisher, ssrc := s.publisher, s.videoSSRC
				s.mutex.Unlock()
				_ = publisher.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(ssrc)}})
			}
		}
	}
}

func setOffer(pc *webrtc.PeerConnection, r *http.Request) error {
	offer, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return err
	}
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)})
}

func answer(w http.ResponseWriter, pc *webrtc.PeerConnection) {
	description, err := pc.CreateAnswer(nil)
	if !answered(w, err) {
		return
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if !answered(w, pc.SetLocalDescription(description)) {
		return
	}
	<-gathered
	w.Header().Set("Content-Type", "application/sdp")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, pc.LocalDescription().SDP)
}

// Reports an error to the client; true if there is none.
func answered(w http.ResponseWriter, err error) bool {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
