// The page's words in both languages; elements name theirs with data-text, groups with data-label.

const TEXTS = {
  en: {
    compose: "Compose", prompt: "What should it sound like?", prompt_hint: "sad cello ballad, D minor, 70 BPM", examples: "Examples",
    clip: "MIDI clip or recording", clip_hint: "drop it here or choose a file (optional)", remove: "Remove", seed_mode: "Your melody",
    seed_lock: "Keep it", seed_develop: "Continue it", seed_inspire: "Vary it", seed_free: "Key and tempo only",
    section: "Section", bars: "Bars", start_bar: "Start bar", bpm: "Tempo (BPM)", key: "Key", meter: "Meter", auto: "auto",
    parts: "Parts", part_lead: "Lead", part_chords: "Chords", part_bass: "Bass", part_drums: "Drums", part_pad: "Pad",
    part_counter: "Counter-melody", part_mix: "Mix", more: "More settings", chords: "Chords", form: "Form (a whole song)",
    negative_prompt: "Leave out", variations: "Variations", random_seed: "Random seed", project: "Project", engine: "Engine",
    sample_rate_hz: "Sample rate", bit_depth: "Bit depth", formats: "File formats", make: "Make a take", making: "Sending…",
    takes: "Takes", no_takes: "Nothing yet. Describe a song, or drop in a clip, and make a take.",
    connected: "connected", disconnected: "not connected, trying again…",
    queued: "queued", running: "in the making", delivering: "being delivered", done: "done", failed: "failed", cancelled: "cancelled",
    stage_compose: "composing", stage_perform: "performing", stage_finish: "mixing", stage_deliver: "delivering",
    cancel: "Cancel", again: "Use these settings", play: "Play", pause: "Pause", position: "Position", loading: "Loading…",
    stems: "Stems together", mute: "Mute", solo: "Solo", download: "Download", files: "All files", overview: "Piano roll, waveforms and spectrogram",
    variation: "Variation", folder: "Folder", untitled: "Untitled", notes: "notes in the clip", bars_n: "bars", bar: "from bar",
    seconds: "s", without: "without", unreachable: "The daemon does not answer.", unplayable: "This browser cannot play these stems.",
  },
  zh: {
    compose: "作曲", prompt: "想要什么样的音乐？", prompt_hint: "忧伤的大提琴叙事曲，D 小调，70 BPM", examples: "示例",
    clip: "MIDI 片段或录音", clip_hint: "拖到这里，或选择文件（可不选）", remove: "移除", seed_mode: "你的旋律",
    seed_lock: "逐音保留", seed_develop: "继续发展", seed_inspire: "变化改写", seed_free: "只取调与速度",
    section: "段落", bars: "小节数", start_bar: "起始小节", bpm: "速度（BPM）", key: "调", meter: "拍号", auto: "自动",
    parts: "声部", part_lead: "主旋律", part_chords: "和弦", part_bass: "贝斯", part_drums: "鼓", part_pad: "铺底",
    part_counter: "副旋律", part_mix: "混音", more: "更多设置", chords: "和弦进行", form: "曲式（整首歌）",
    negative_prompt: "不要出现", variations: "变奏数量", random_seed: "随机种子", project: "工程", engine: "引擎",
    sample_rate_hz: "采样率", bit_depth: "位深", formats: "文件格式", make: "生成", making: "正在发送…",
    takes: "作品", no_takes: "还没有作品。写一句描述，或拖入一个片段，然后点“生成”。",
    connected: "已连接", disconnected: "未连接，正在重试…",
    queued: "排队中", running: "制作中", delivering: "交付中", done: "完成", failed: "失败", cancelled: "已取消",
    stage_compose: "作曲", stage_perform: "演奏", stage_finish: "混音", stage_deliver: "交付",
    cancel: "取消", again: "沿用这些设置", play: "播放", pause: "暂停", position: "位置", loading: "载入中…",
    stems: "分轨同步播放", mute: "静音", solo: "独奏", download: "下载", files: "全部文件", overview: "钢琴卷帘、波形与频谱",
    variation: "变奏", folder: "文件夹", untitled: "未命名", notes: "个音符", bars_n: "小节", bar: "起始小节",
    seconds: "秒", without: "不含", unreachable: "守护进程没有响应。", unplayable: "此浏览器无法播放这些分轨。",
  },
};

const STORED = "stepbridge.language";
let language = localStorage.getItem(STORED) ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

export const text = (name) => TEXTS[language][name] ?? name;

/** Put the words of the chosen language into the page. */
export function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
  document.getElementById("prompt").placeholder = text("prompt_hint");
  const other = document.getElementById("language");
  other.textContent = language === "zh" ? "English" : "中文";
  other.lang = language === "zh" ? "en" : "zh";
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem(STORED, language);
  translate();
}
