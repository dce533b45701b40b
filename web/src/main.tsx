import { render } from 'preact';
import { createApi } from './api.ts';
import { App } from './app.tsx';
import { createMessageList } from './message-list.ts';
import { loadPreferences } from './preferences.ts';
import { followRoute } from './route.ts';
import { createStore } from './store.ts';
import { followStream } from './stream.ts';
import 'uplot/dist/uPlot.min.css';
import './style.css';

const page = document.getElementById('page');
if (page !== null) {
  const baseUrl = new URL('./', location.href).href;
  const preferences = loadPreferences(localStorage, navigator.language);
  const api = createApi(baseUrl);
  const store = createStore(api, followRoute(window), (hash) => {
    location.hash = hash;
  });
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const messages = createMessageList(api, preferences.language, timeZone);
  render(<App store={store} messages={messages} preferences={preferences} shelf={localStorage} />, page);
  followStream(store, messages, new URL('api/stream', baseUrl));
  void store.reload();
}
